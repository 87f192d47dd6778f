import type { ServerResponse } from 'node:http';

/** Sends a small JSON body, whatever the application has set up about serialising. */
export function sendJson(response: ServerResponse, status: number, body: unknown): void {
  const text = JSON.stringify(body);
  response.statusCode = status;
  response.setHeader('content-type', 'application/json; charset=utf-8');
  response.setHeader('content-length', Buffer.byteLength(text));
  response.setHeader('x-content-type-options', 'nosniff');
  response.end(text);
}
