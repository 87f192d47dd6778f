import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

/** One change of an alert, as a webhook is told of it. */
export interface HookNotice {
  event: string;
  alert: { id: number; alertType: string; title: string; message: string };
  idempotencyKey: string;
}

/** Where alerts are told to. */
export interface Hook {
  url: string;
  /** All changes that came in, in their order, those that came twice once. */
  notices: HookNotice[];
  stop(): Promise<void>;
}

/** Starts a webhook on 127.0.0.1. */
export async function startHook(): Promise<Hook> {
  const notices = new Map<string, HookNotice>();
  const server = createServer((request, response) => {
    void text(request).then((body) => {
      const { data } = JSON.parse(body) as { data: { notices: HookNotice[] } };
      data.notices.forEach((notice) => notices.set(notice.idempotencyKey, notice));
      response.writeHead(204).end();
    });
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    get notices() {
      return [...notices.values()];
    },
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
