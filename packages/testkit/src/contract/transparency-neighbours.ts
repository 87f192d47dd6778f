import { createRequire } from 'node:module';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Readable } from 'node:stream';
import { callbackify } from 'node:util';
import type { Neighbour } from './transparency-neighbour.ts';
import { measureUpload } from './transparency-handlers.ts';
import type { UploadReport } from './transparency-handlers.ts';
import { SESSION_SECRET } from './transparency-requests.ts';

/** What {@link mountNeighbours} needs. */
export interface NeighbourOptions {
  /** A folder with `tea.txt`. */
  staticFolder: string;
  /** Where requests below `/proxied` go. */
  upstreamUrl: string;
}

interface WebSocketLike {
  on(event: 'message', listener: (data: Buffer, isBinary: boolean) => void): void;
  send(data: Buffer, options: { binary: boolean }): void;
}

// Half of them have no types of their own; this is all that is used of them.
interface Libraries {
  helmet: () => Neighbour;
  'body-parser': Record<'json' | 'urlencoded' | 'text' | 'raw', (options: object) => Neighbour>;
  compression: (options: object) => Neighbour;
  multer: {
    (options: { storage: object }): { any(): Neighbour; single(field: string): Neighbour };
    memoryStorage(): object;
  };
  'cookie-parser': (secret: string) => Neighbour;
  'express-session': (options: object) => Neighbour;
  'express-rate-limit': { rateLimit(options: object): Neighbour };
  'http-proxy-middleware': { createProxyMiddleware(options: object): Neighbour };
  'serve-static': (folder: string) => Neighbour;
  ws: {
    WebSocketServer: new (options: object) => {
      on(event: 'connection', listener: (socket: WebSocketLike) => void): void;
    };
  };
}

const require = createRequire(import.meta.url);
const load = <Name extends keyof Libraries>(name: Name): Libraries[Name] => require(name) as Libraries[Name];

/** Mounts what applications have beside us, each at a path of its own, in the order in which it is listed. */
export function mountNeighbours(
  use: (path: string, ...handlers: Neighbour[]) => void,
  { staticFolder, upstreamUrl }: NeighbourOptions,
): void {
  const multer = load('multer');
  use('/helmet', load('helmet')(), answerText('safe'));
  use('/compressed', load('compression')({ threshold: 0 }), answerInTwoPieces);
  use('/form', multer({ storage: multer.memoryStorage() }).any(), answerForm);
  use('/large-form', multer({ storage: measuringStorage }).single('file'), answerReport);
  mountBodyParsers(use);
  use('/cookies', load('cookie-parser')('secret'), answerCookies);
  use('/session', createSession(), answerVisits);
  use('/limited', createLimit(), answerText('served'));
  use('/proxied', load('http-proxy-middleware').createProxyMiddleware({ target: upstreamUrl }));
  use('/files', load('serve-static')(staticFolder));
}

function mountBodyParsers(use: (path: string, ...handlers: Neighbour[]) => void): void {
  const { json, urlencoded, text, raw } = load('body-parser');
  use('/parsed/json', json({ limit: 100 }), answerBody);
  use('/parsed/urlencoded', urlencoded({ extended: false }), answerBody);
  use('/parsed/text', text({}), answerBody);
  use('/parsed/raw', raw({}), answerBody);
}

/** Echoes every message of a WebSocket at `/socket`. */
export function serveWebSocket(server: Server): void {
  const { WebSocketServer } = load('ws');
  new WebSocketServer({ server, path: '/socket' }).on('connection', (socket) => {
    socket.on('message', (data, isBinary) => socket.send(data, { binary: isBinary }));
  });
}

function createSession(): Neighbour {
  return load('express-session')({
    secret: SESSION_SECRET,
    genid: () => 'fixed',
    resave: false,
    saveUninitialized: true,
  });
}

function createLimit(): Neighbour {
  return load('express-rate-limit').rateLimit({
    limit: 1,
    // Hours, so that the seconds that are left are the same in every run.
    windowMs: 3_600_000,
    standardHeaders: 'draft-6',
    legacyHeaders: false,
    validate: false,
    keyGenerator: () => 'everybody',
    handler: (_request: unknown, response: ServerResponse) => {
      response.statusCode = 429;
      response.end('too many');
    },
  });
}

function answerText(text: string): Neighbour {
  return (_request, response) => {
    response.setHeader('content-type', 'text/plain');
    response.end(text);
  };
}

const answerInTwoPieces: Neighbour = (_request, response) => {
  response.setHeader('content-type', 'text/plain');
  response.write('tea '.repeat(5_000));
  response.end('and biscuits');
};

const answerForm: Neighbour = (request, response) => {
  const { body, files } = request as IncomingMessage & { body: unknown; files: { originalname: string }[] };
  response.end(JSON.stringify({ body, files: files.map(({ originalname }) => originalname) }));
};

type StorageCallback = (error: NodeJS.ErrnoException | null, report: UploadReport) => void;

/** A storage of multer that keeps nothing. */
const measuringStorage = {
  _handleFile(_request: unknown, file: { stream: Readable }, done: StorageCallback): void {
    callbackify(measureUpload)(file.stream, done);
  },
  _removeFile(_request: unknown, _file: unknown, done: (error: null) => void): void {
    done(null);
  },
};

const answerReport: Neighbour = (request, response) => {
  const { file } = request as IncomingMessage & { file: UploadReport };
  const { bytes, liveBytes } = file;
  response.end(JSON.stringify({ bytes, liveBytes } satisfies UploadReport));
};

const answerBody: Neighbour = (request, response) => {
  const { body } = request as IncomingMessage & { body: unknown };
  response.end(JSON.stringify({ body }));
};

const answerCookies: Neighbour = (request, response) => {
  response.setHeader('set-cookie', ['one=1; Path=/', 'two=2; HttpOnly']);
  response.end(JSON.stringify((request as IncomingMessage & { cookies: unknown }).cookies));
};

const answerVisits: Neighbour = (request, response) => {
  const { session } = request as IncomingMessage & { session: { visits?: number } };
  session.visits = (session.visits ?? 0) + 1;
  response.end(`visit ${session.visits}`);
};
