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
  const ownName = ownHeader.toLowerCase();
  response.writeHead = function writeHeadOfList(this: ServerResponse, ...args: unknown[]): ServerResponse {
    const list = args.at(-1);
    if (!isFlatList(list) || this.headersSent || this.getHeaderNames().some((name) => name !== ownName)) {
      return writeHead.apply(this, args);
    }
    if (list.some((name, at) => at % 2 === 0 && (name as string).toLowerCase() === ownName)) {
      this.removeHeader(ownName);
    }
    for (let at = 0; at < list.length; at += 2) {
      this.appendHeader(list[at] as string, list[at + 1] as string);
    }
    return writeHead.apply(this, args.slice(0, -1));
  };
}

// Everything else, wrong lists too, is Node's to take or refuse.
function isFlatList(list: unknown): list is unknown[] {
  return (
    Array.isArray(list) &&
    list.length % 2 === 0 &&
    list.every((_, at) => at % 2 === 1 || typeof list[at] === 'string')
  );
}
