import { sendHttp } from '@pg-observability/testkit';
import type express from 'express';
import type { ErrorRequestHandler, Express, RequestHandler, Router } from 'express';
import { describe, expect, it } from 'vitest';
import { express4, express5, express5Router22 } from './express-versions.ts';
import { openApp } from './open-app.ts';

type Case = [method: string, path: string, status: number, route: string | null];

const ok: RequestHandler = (_request, response) => {
  response.json({ ok: true });
};
const pass: RequestHandler = (_request, _response, next) => next();
const failWith =
  (status: number): RequestHandler =>
  (_request, _response, next) =>
    next(Object.assign(new Error('on purpose'), { status }));
const answerError: ErrorRequestHandler = (error: { status?: number }, _request, response, _next) => {
  response.status(error.status ?? 500).end();
};

/** Sends the requests and compares the route that is stored for each with the one that is expected. */
async function expectRoutes(
  build: (app: Express) => void,
  createExpress: typeof express,
  cases: Case[],
): Promise<void> {
  const { url, rows } = await openApp((telemetry) => {
    const app = createExpress();
    app.use(telemetry.middleware());
    build(app);
    return app;
  });
  const statuses = await Promise.all(
    cases.map(async ([method, path], index) => {
      const answer = await sendHttp(url + path, { method, headers: { 'x-correlation-id': `case-${index}` } });
      return answer.status;
    }),
  );
  const routes = new Map(
    (await rows.spans()).map((span) => [span.correlation_id, span.attributes['http.route'] ?? null]),
  );
  expect(
    cases.map(([method, path], index) => [method, path, statuses[index], routes.get(`case-${index}`)]),
  ).toEqual(cases);
}

describe.each([
  ['Express 5', express5],
  ['Express 5 with router 2.2', express5Router22],
  ['Express 4', express4],
])('the route of a request with %s', (version, createExpress) => {
  const isTold = version === 'Express 5';
  const router = (build: (router: Router) => void): Router => {
    const made = createExpress.Router({ mergeParams: true });
    build(made);
    return made;
  };

  it('is the pattern over all routers', () =>
    expectRoutes(
      (app) => {
        const deep = router((inner) => inner.get('/deep/:z', ok).get('/', ok));
        const books = router((inner) => inner.use('/books/:b', deep).get('/', ok).get('/u', ok));
        app.use('/u', pass);
        app.use('/u/:id', books);
        app.use(
          '/slash/',
          router((inner) => inner.get('/x/', ok)),
        );
        app.get('/', ok);
      },
      createExpress,
      [
        ['GET', '/u/5/books/7/deep/9', 200, '/u/:id/books/:b/deep/:z'],
        ['GET', '/u/5/books/7', 200, '/u/:id/books/:b'],
        ['GET', '/u/5/books/7/', 200, '/u/:id/books/:b'],
        ['GET', '/u/5', 200, '/u/:id'],
        ['GET', '/u/u/u', 200, '/u/:id/u'],
        ['GET', '/U/5/BOOKS/7', 200, '/u/:id/books/:b'],
        ['GET', '/slash/x', 200, '/slash/x'],
        ['GET', '/', 200, '/'],
        ['HEAD', '/u/5', 200, '/u/:id'],
      ],
    ));

  it('is the pattern of the place where the router was reached', () =>
    expectRoutes(
      (app) => {
        const shared = router((inner) => inner.get('/x/:y', ok));
        app.use('/one/:p', shared);
        app.use('/two/:q/more', shared);
        app.use(['/three', '/four/:r'], shared);
      },
      createExpress,
      [
        ['GET', '/one/1/x/2', 200, '/one/:p/x/:y'],
        ['GET', '/two/1/more/x/2', 200, '/two/:q/more/x/:y'],
        ['GET', '/four/1/x/2', 200, version === 'Express 4' ? '/<mount>/x/:y' : '/four/:r/x/:y'],
      ],
    ));

  it('is the pattern of an application inside an application', () =>
    expectRoutes(
      (app) => {
        const sub = createExpress();
        sub.use(
          '/more/:m',
          router((inner) => inner.get('/x/:y', ok)),
        );
        sub.get('/x', ok);
        app.use('/sub/:s', sub);
      },
      createExpress,
      [
        ['GET', '/sub/1/x', 200, '/sub/:s/x'],
        ['GET', '/sub/1/more/2/x/3', 200, '/sub/:s/more/:m/x/:y'],
      ],
    ));

  it('stays when the route fails, whoever answers the error', () =>
    expectRoutes(
      (app) => {
        const failing = router((inner) => {
          inner.get('/next', failWith(503));
          inner.get('/missing', failWith(404));
          inner.get('/thrown', () => {
            throw new Error('on purpose');
          });
        });
        app.use('/u/:id', failing);
        app.use(answerError);
      },
      createExpress,
      [
        ['GET', '/u/5/next', 503, '/u/:id/next'],
        ['GET', '/u/5/missing', 404, '/u/:id/missing'],
        ['GET', '/u/5/thrown', 500, '/u/:id/thrown'],
      ],
    ));

  it('is unknown when a route hands on and nobody answers', () =>
    expectRoutes(
      (app) => {
        app.get('/next', pass);
        app.use(
          '/r/:id',
          router((inner) => inner.get('/next', pass)),
        );
      },
      createExpress,
      [
        ['GET', '/next', 404, null],
        ['GET', '/r/1/next', 404, null],
        ['GET', '/nothing', 404, null],
      ],
    ));

  it('stays when a route hands on to a middleware that sends', () =>
    expectRoutes(
      (app) => {
        app.get('/prepared/:id', pass);
        app.use(ok);
      },
      createExpress,
      [['GET', '/prepared/1', 200, '/prepared/:id']],
    ));

  it('is unknown for what middleware answers, and for OPTIONS that Express answers', () =>
    expectRoutes(
      (app) => {
        app.use('/denied', (_request, response) => {
          response.status(401).end();
        });
        app.use('/broken/:id', failWith(500));
        app.get('/x/:id', ok);
        app.use(answerError);
      },
      createExpress,
      [
        ['GET', '/denied/1', 401, null],
        ['GET', '/broken/1', 500, null],
        ['OPTIONS', '/x/1', 200, null],
        ['GET', '/y', 404, null],
      ],
    ));

  it('is unknown for a 404 that a last middleware makes', () =>
    expectRoutes(
      (app) => {
        app.get('/x/:id', ok);
        app.use(failWith(404));
        app.use(answerError);
      },
      createExpress,
      [['GET', '/y', 404, null]],
    ));

  it('is unknown for a path that cannot be decoded', () =>
    expectRoutes(
      (app) => {
        app.get('/u/:id', ok);
        app.use(answerError);
      },
      createExpress,
      [['GET', '/u/%E0%A4%A', 400, null]],
    ));

  it('is a regular expression in its own notation', () =>
    expectRoutes(
      (app) => {
        app.get(/^\/fly-\d+$/, ok);
        app.use(
          /^\/re-\d+/,
          router((inner) => inner.get('/x', ok)),
        );
      },
      createExpress,
      [
        ['GET', '/fly-17', 200, '/^\\/fly-\\d+$/'],
        ['GET', '/re-17/x', 200, isTold ? '/^\\/re-\\d+//x' : '/<mount>/x'],
      ],
    ));

  it('never holds a piece of the URL, however the mount is made', () =>
    expectRoutes(
      (app) => {
        const inner = router((made) => made.get('/x', ok));
        app.use('/wrapped/:w', (request, response, next) => inner(request, response, next));
      },
      createExpress,
      [['GET', '/wrapped/secret/x', 200, isTold ? '/wrapped/:w/x' : '/<mount>/x']],
    ));
});

describe.each([
  ['Express 5', express5],
  ['Express 5 with router 2.2', express5Router22],
])('the route of a request with the path syntax of %s', (version, createExpress) => {
  it('may have wildcards and optional parts', () =>
    expectRoutes(
      (app) => {
        const files = createExpress.Router();
        files.get('/raw', ok);
        app.get('/files/*path', ok);
        app.get('/opt{/:x}', ok);
        app.use('/tree/*path/end', files);
        app.use('/file-:name.json', files);
      },
      createExpress,
      [
        ['GET', '/files/a/b/c', 200, '/files/*path'],
        ['GET', '/opt', 200, '/opt{/:x}'],
        ['GET', '/opt/1', 200, '/opt{/:x}'],
        ['GET', '/tree/a/b/end/raw', 200, '/tree/*path/end/raw'],
        ['GET', '/file-a.json/raw', 200, '/file-:name.json/raw'],
      ],
    ));

  it('is the one of several paths that matched', () =>
    expectRoutes((app) => app.get(['/a', '/b/:id'], ok), createExpress, [
      ['GET', '/a', 200, version === 'Express 5' ? '/a' : '/a|/b/:id'],
      ['GET', '/b/1', 200, version === 'Express 5' ? '/b/:id' : '/a|/b/:id'],
    ]));
});

describe('the route of a request with the path syntax of Express 4', () => {
  it('may have wildcards, optional parts and constraints', () =>
    expectRoutes(
      (app) => {
        const files = express4.Router();
        files.get('/raw', ok);
        app.get('/files/*', ok);
        app.use('/by-number/:id(\\d+)', files);
        app.use('/lang/:lang?', files);
        app.use('/ab+c', files);
      },
      express4,
      [
        ['GET', '/files/a/b', 200, '/files/*'],
        ['GET', '/by-number/42/raw', 200, '/by-number/:id/raw'],
        ['GET', '/lang/de/raw', 200, '/lang/:lang/raw'],
        ['GET', '/abbbc/raw', 200, '/<mount>/raw'],
      ],
    ));
});

describe('the route of a request with Express 5', () => {
  it('is found through routers that are called later, or by a route', () =>
    expectRoutes(
      (app) => {
        const inner = express5.Router();
        inner.get('/x/:y', ok);
        app.use('/later/:l', async (request, response, next) => {
          await new Promise((resolve) => setImmediate(resolve));
          inner(request, response, next);
        });
        const absolute = express5.Router();
        absolute.get('/all/of/:it', ok);
        app.all('/all/*rest', (request, response, next) => absolute(request, response, next));
      },
      express5,
      [
        ['GET', '/later/1/x/2', 200, '/later/:l/x/:y'],
        ['GET', '/all/of/1', 200, '/all/of/:it'],
      ],
    ));

  it('is known when a parameter callback refuses', () =>
    expectRoutes(
      (app) => {
        const users = express5.Router();
        users.param('user', (_request, _response, next) =>
          next(Object.assign(new Error('no such user'), { status: 404 })),
        );
        users.get('/:user', ok);
        app.use('/users', users);
      },
      express5,
      [['GET', '/users/5', 404, '/users/:user']],
    ));

  it('is unknown when a route hands on and a middleware says 404', () =>
    expectRoutes(
      (app) => {
        app.get('/next/:id', pass);
        app.use((_request, response) => {
          response.status(404).end();
        });
      },
      express5,
      [['GET', '/next/1', 404, null]],
    ));

  it('is found behind more layers than the router calls in one go', () =>
    expectRoutes(
      (app) => {
        Array.from({ length: 250 }, () => app.use(pass));
        app.get('/far/:id', ok);
      },
      express5,
      [['GET', '/far/1', 200, '/far/:id']],
    ));
});
