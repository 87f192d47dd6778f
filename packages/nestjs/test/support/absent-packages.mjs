// A module hook of Node: what is named here cannot be imported, as if it were not installed.
let absent = [];

export function initialize(names) {
  absent = names;
}

export function resolve(specifier, context, next) {
  const name = absent.find((each) => specifier === each || specifier.includes(`/node_modules/${each}/`));
  if (name !== undefined) {
    throw new Error(`${name} is not installed.`);
  }
  return next(specifier, context);
}
