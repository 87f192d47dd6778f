import { createHmac } from 'node:crypto';

/** What the session middleware of the contract signs its cookies with. */
export const SESSION_SECRET = 'only for this test';

/** A conversation with a server, as bytes. */
export interface TransparencyRequest {
  name: string;
  /** See `exchangeRaw`. */
  pieces: readonly string[];
}

interface Head {
  method?: string;
  headers?: Record<string, string>;
  body?: string;
  isLast?: boolean;
}

function bytesOf(path: string, { method = 'GET', headers = {}, body, isLast = true }: Head = {}): string {
  const length: Record<string, string> = body === undefined ? {} : { 'Content-Length': String(body.length) };
  const all = { Host: 'shop.example', ...headers, ...length, ...(isLast ? { Connection: 'close' } : {}) };
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`);
  return `${method} ${path} HTTP/1.1\r\n${lines.join('')}\r\n${body ?? ''}`;
}

function one(name: string, path: string, head: Head = {}): TransparencyRequest {
  return { name, pieces: [bytesOf(path, head)] };
}

function signSession(id: string): string {
  return createHmac('sha256', SESSION_SECRET).update(id).digest('base64').replace(/=+$/, '');
}

const JSON_BODY = { 'Content-Type': 'application/json' };
const FORM = ['--edge', 'Content-Disposition: form-data; name="note"', '', 'fragile', '--edge'];
const FILE = [
  'Content-Disposition: form-data; name="file"; filename="a.txt"',
  'Content-Type: text/plain',
  '',
  'tea',
  '--edge--',
  '',
];
const CONDITIONAL = { 'If-Modified-Since': 'Fri, 01 Jan 2100 00:00:00 GMT' };
// RFC 6455, section 1.3; the frame is the masked text "hi", then a masked close.
const HANDSHAKE = {
  Connection: 'Upgrade',
  Upgrade: 'websocket',
  'Sec-WebSocket-Version': '13',
  'Sec-WebSocket-Key': 'dGhlIHNhbXBsZSBub25jZQ==',
};
const FRAMES = '\x81\x82\x00\x00\x00\x00hi\x88\x82\x00\x00\x00\x00\x03\xe8';

/** Routes of the framework itself, on every platform. */
export const FRAMEWORK_REQUESTS: readonly TransparencyRequest[] = [
  one('JSON of a route', '/hello/ada'),
  one('HEAD of a route', '/hello/ada', { method: 'HEAD' }),
  one('OPTIONS of a route', '/hello/ada', { method: 'OPTIONS' }),
  one('a path nobody answers', '/nowhere?token=1'),
  one('a method the route has not', '/hello/ada', { method: 'DELETE' }),
  one('a path that cannot be decoded', '/hello/%E0%A4%A'),
  one('the error page', '/fail'),
  one('a redirect', '/moved'),
  one('an empty answer', '/empty'),
  one('a parsed JSON body', '/echo', { method: 'POST', headers: JSON_BODY, body: '{"article":"tea"}' }),
  one('a JSON body that cannot be parsed', '/echo', {
    method: 'POST',
    headers: JSON_BODY,
    body: '{"article":',
  }),
  one('a body that is too large', '/echo', {
    method: 'POST',
    headers: JSON_BODY,
    body: `"${'x'.repeat(2_000_000)}"`,
  }),
  {
    name: 'a body in chunks',
    pieces: [
      `${bytesOf('/echo', { method: 'POST', headers: { ...JSON_BODY, 'Transfer-Encoding': 'chunked' } })}5\r\n"tea"\r\n0\r\n\r\n`,
    ],
  },
  one('a conditional request', '/hello/ada', { headers: { 'If-None-Match': '*' } }),
];

/** What is mounted beside us, and what HTTP itself can do. */
export const NEIGHBOUR_REQUESTS: readonly TransparencyRequest[] = [
  one('helmet', '/helmet'),
  one('compression', '/compressed', { headers: { 'Accept-Encoding': 'gzip' } }),
  one('compression, not wanted', '/compressed'),
  one('multer', '/form', {
    method: 'POST',
    headers: { 'Content-Type': 'multipart/form-data; boundary=edge' },
    body: [...FORM, ...FILE].join('\r\n'),
  }),
  one('body-parser, JSON', '/parsed/json', { method: 'POST', headers: JSON_BODY, body: '{"article":"tea"}' }),
  one('body-parser, a form', '/parsed/urlencoded', {
    method: 'POST',
    headers: { 'Content-Type': 'application/x-www-form-urlencoded' },
    body: 'article=tea&article=milk&note=a+b',
  }),
  one('body-parser, text', '/parsed/text', {
    method: 'POST',
    headers: { 'Content-Type': 'text/plain' },
    body: 'tea',
  }),
  one('body-parser, bytes', '/parsed/raw', {
    method: 'PUT',
    headers: { 'Content-Type': 'application/octet-stream' },
    body: '\x00\x01tea',
  }),
  one('cookie-parser', '/cookies', { headers: { Cookie: 'basket=7; theme=dark' } }),
  one('express-session, the first visit', '/session'),
  one('express-session, the second visit', '/session', {
    headers: { Cookie: `connect.sid=s%3Afixed.${encodeURIComponent(signSession('fixed'))}` },
  }),
  one('express-rate-limit, the first', '/limited'),
  one('express-rate-limit, the one too many', '/limited'),
  one('http-proxy-middleware', '/proxied/tea?size=2'),
  one('http-proxy-middleware, with a body', '/proxied/tea', { method: 'PUT', body: 'hot' }),
  one('a static file', '/files/tea.txt'),
  one('HEAD of a static file', '/files/tea.txt', { method: 'HEAD' }),
  one('a range of a static file', '/files/tea.txt', { headers: { Range: 'bytes=2-5' } }),
  one('a range that is not there', '/files/tea.txt', { headers: { Range: 'bytes=900-' } }),
  one('a static file that has not changed', '/files/tea.txt', { headers: CONDITIONAL }),
  one('a static file that is not there', '/files/coffee.txt'),
  one('server-sent events', '/events'),
  one('early hints', '/early-hints'),
  one('headers as a list, with repeated names', '/listed-headers'),
  one('headers as an object, in mixed case', '/written-headers'),
  one('trailers', '/trailers', { headers: { TE: 'trailers' } }),
  one('an answer the server breaks off', '/broken-off'),
];

/** Conversations of more than one request or step. */
export const CONVERSATIONS: readonly TransparencyRequest[] = [
  {
    name: 'three requests in one packet on one connection',
    pieces: [
      [
        bytesOf('/hello/one', { isLast: false }),
        bytesOf('/events', { isLast: false }),
        bytesOf('/hello/three'),
      ].join(''),
    ],
  },
  {
    name: 'one request after the other on one connection',
    pieces: [bytesOf('/hello/one', { isLast: false }), bytesOf('/nowhere')],
  },
  { name: 'HTTP 1.0', pieces: ['GET /hello/ada HTTP/1.0\r\n\r\n'] },
  { name: 'what is no HTTP', pieces: ['NONSENSE\r\n\r\n'] },
  {
    name: 'a body that waits for 100 Continue',
    pieces: [
      bytesOf('/echo', {
        method: 'POST',
        headers: { ...JSON_BODY, Expect: '100-continue', 'Content-Length': '5' },
      }),
      '"tea"',
    ],
  },
  {
    name: 'a body that is answered piece by piece while it comes',
    pieces: [
      `${bytesOf('/conversation', { method: 'POST', headers: { 'Transfer-Encoding': 'chunked' } })}3\r\none\r\n`,
      '3\r\ntwo\r\n',
      '0\r\n\r\n',
    ],
  },
  { name: 'a WebSocket', pieces: [bytesOf('/socket', { headers: HANDSHAKE, isLast: false }), FRAMES] },
  one('an upgrade nobody serves', '/hello/ada', {
    headers: { Upgrade: 'websocket', Connection: 'Upgrade' },
    isLast: false,
  }),
];
