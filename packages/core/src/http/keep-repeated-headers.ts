import type { ServerResponse } from 'node:http';

type WriteHead = (...args: unknown[]) => ServerResponse;

/**
 * Lets a handler go on answering repeated headers as a list, `writeHead(200, ['set-cookie', 'a=1', 'set-cookie', 'b=2'])`,
 * although our header has been set before: Node.js 20 then keeps only the last value of each name. Where the application has
 * set headers itself, what Node does with them is left as it is.
 *
 * @param ownHeader name of the header that we have set
 */
export function keepRepeatedHeaders(response: ServerResponse, ownHeader: string): void {
  const writeHead = response.writeHead as WriteHead;
  response.writeHead = function writeHeadOfList(this: ServerResponse, ...args: unknown[]): ServerResponse {
    return writeRepeatedHeaders(this, ownHeader, args, writeHead);
  };
}

function writeRepeatedHeaders(
  response: ServerResponse,
  ownHeader: string,
  args: unknown[],
  writeHead: WriteHead,
): ServerResponse {
  const ownName = ownHeader.toLowerCase();
  const list = args.at(-1);
  if (
    !isFlatList(list) ||
    response.headersSent ||
    response.getHeaderNames().some((name) => name !== ownName)
  ) {
    return writeHead.apply(response, args);
  }
  if (list.some((name, at) => at % 2 === 0 && (name as string).toLowerCase() === ownName)) {
    response.removeHeader(ownName);
  }
  for (let at = 0; at < list.length; at += 2) {
    response.appendHeader(list[at] as string, list[at + 1] as string);
  }
  return writeHead.apply(response, args.slice(0, -1));
}

// Everything else, wrong lists too, is Node's to take or refuse.
function isFlatList(list: unknown): list is unknown[] {
  return (
    Array.isArray(list) &&
    list.length % 2 === 0 &&
    list.every((_, at) => at % 2 === 1 || typeof list[at] === 'string')
  );
}
