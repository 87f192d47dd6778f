// CommonJS on purpose: the packages are ES modules, and users who still write `require` get them too.
exports.requirePackage = (name) => require(name);
