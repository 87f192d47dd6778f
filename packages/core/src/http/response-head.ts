import type { ServerResponse } from 'node:http';

type HeadArguments = readonly unknown[];

/**
 * The arguments of `response.writeHead` with one header more; one of that name that the application has set or gives now wins.
 *
 * Only here, because a header that is set before leads Node.js away from its fast path: it then sets each header that is given
 * to `writeHead` by itself, and of a list keeps only the last value of each name.
 *
 * @param args `(status, message?, headers?)`, headers as an object, as a flat list or as pairs
 */
export function withHeader(
  response: ServerResponse,
  name: string,
  value: string,
  args: HeadArguments,
): HeadArguments {
  const at = typeof args[1] === 'string' || (args[2] !== undefined && args[2] !== null) ? 2 : 1;
  const headers = args[at];
  if (typeof headers !== 'object' || headers === null || response.getHeaderNames().length > 0) {
    if (!response.hasHeader(name)) {
      response.setHeader(name, value);
    }
    return args;
  }
  const more = Array.isArray(headers) ? addToList(headers, name, value) : addToObject(headers, name, value);
  return more === headers ? args : [...args.slice(0, at), more];
}

function addToObject(headers: object, name: string, value: string): object {
  if (Object.hasOwn(headers, name) || Object.keys(headers).some((key) => isName(key, name))) {
    return headers;
  }
  return { ...headers, [name]: value };
}

// A wrong list is Node's to refuse.
function addToList(list: readonly unknown[], name: string, value: string): readonly unknown[] {
  if (Array.isArray(list[0])) {
    return list.some((pair) => Array.isArray(pair) && isName(pair[0], name))
      ? list
      : [...list, [name, value]];
  }
  return list.some((key, at) => at % 2 === 0 && isName(key, name)) ? list : [...list, name, value];
}

function isName(key: unknown, name: string): boolean {
  return typeof key === 'string' && key.length === name.length && key.toLowerCase() === name.toLowerCase();
}
