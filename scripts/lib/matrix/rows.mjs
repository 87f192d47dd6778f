/**
 * @typedef {object} AppRow An application on packed packages, over real HTTP and a real database.
 * @property {string} name
 * @property {string} fixture Folder below `matrix` with the pinned versions.
 * @property {'express' | 'nest-express' | 'nest-fastify' | 'terminus' | 'entrances' | 'outgoing' | 'own-sdk' | 'types' | 'test-runners' | 'beside-express' | 'beside-nest-express' | 'beside-nest-fastify'} app
 * @property {'postgres' | 'typeorm' | 'embedded' | undefined} store
 * @property {20 | 22 | 24 | 26} node
 * @property {15 | 16 | 17 | 18 | undefined} postgres
 */

function appRow(fixture, app, store, node, postgres) {
  const parts = [
    fixture,
    app === fixture.replace(/-\d+$/, '') ? '' : app,
    store === 'embedded' ? 'pglite' : '',
  ];
  const name = [...parts, app === 'types' ? '' : `node-${node}`].filter((part) => part !== '').join(' ');
  return { name, fixture, app, store, node, postgres };
}

/** An application that has another tool already, on every framework. */
function besideRows(fixture, node, postgres) {
  const apps = ['beside-express', 'beside-nest-express', 'beside-nest-fastify'];
  return apps.map((app) => appRow(fixture, app, 'postgres', node, postgres));
}

/** Fixtures against whose types users' code is compiled. */
const typedFixtures = [
  'express-4',
  'express-5',
  'nest-11-typeorm-0.3',
  'nest-11-typeorm-1.1',
  'nest-12-typeorm-0.3',
  'nest-12-typeorm-1.1',
  'opentelemetry-3',
];

/**
 * Every application row. The majors of PostgreSQL are spread over them; the contract suites run on all of them.
 *
 * @type {AppRow[]}
 */
export const appRows = [
  appRow('express-4', 'express', 'typeorm', 20, 15),
  appRow('express-5', 'express', 'postgres', 20, 16),
  appRow('express-5', 'express', 'embedded', 20),
  appRow('nest-11-typeorm-0.3', 'nest-express', 'typeorm', 20, 15),
  appRow('nest-11-typeorm-0.3', 'nest-fastify', 'typeorm', 20, 16),
  appRow('nest-12-typeorm-1.1', 'nest-express', 'typeorm', 20, 17),
  appRow('nest-12-typeorm-1.1', 'nest-fastify', 'typeorm', 20, 18),
  ...[22, 24, 26].flatMap((node) => [
    appRow('express-4', 'express', 'typeorm', node, 15),
    appRow('express-5', 'express', 'postgres', node, 16),
    appRow('express-5', 'express', 'embedded', node),
    appRow('nest-11-typeorm-0.3', 'nest-express', 'typeorm', node, 15),
    appRow('nest-11-typeorm-0.3', 'nest-fastify', 'typeorm', node, 16),
    appRow('nest-12-typeorm-1.1', 'nest-express', 'typeorm', node, 17),
    appRow('nest-12-typeorm-1.1', 'nest-fastify', 'typeorm', node, 18),
  ]),
  appRow('nest-11-typeorm-1.1', 'nest-express', 'typeorm', 20, 16),
  appRow('nest-11-typeorm-1.1', 'nest-fastify', 'typeorm', 24, 17),
  appRow('nest-12-typeorm-0.3', 'nest-express', 'typeorm', 24, 18),
  appRow('nest-12-typeorm-0.3', 'nest-fastify', 'typeorm', 20, 15),
  appRow('nest-11-typeorm-0.3', 'terminus', 'postgres', 20, 16),
  appRow('nest-12-typeorm-1.1', 'terminus', 'postgres', 20, 18),
  ...[20, 24].map((node) => appRow('nest-11-typeorm-0.3', 'entrances', 'postgres', node, 15)),
  appRow('nest-12-typeorm-1.1', 'entrances', 'postgres', 20, 17),
  appRow('express-5', 'own-sdk', 'postgres', 20, 18),
  ...[20, 22, 24, 26].map((node) => appRow('express-5', 'outgoing', 'postgres', node, 17)),
  // SDK 3 asks for Node.js 22.15.
  ...[22, 24, 26].flatMap((node) => [
    appRow('opentelemetry-3', 'express', 'postgres', node, 18),
    appRow('opentelemetry-3', 'nest-express', 'typeorm', node, 18),
    appRow('opentelemetry-3', 'nest-fastify', 'typeorm', node, 18),
    appRow('opentelemetry-3', 'own-sdk', 'postgres', node, 18),
  ]),
  appRow('without-opentelemetry', 'express', 'postgres', 20, 18),
  appRow('without-opentelemetry', 'nest-express', 'typeorm', 20, 18),
  appRow('without-opentelemetry', 'nest-fastify', 'typeorm', 20, 18),
  ...[20, 24].map((node) => appRow('test-runners', 'test-runners', undefined, node)),
  // NodeSDK asks for Node.js 22.15, dd-trace for 22.
  ...besideRows('with-node-sdk', 24, 18),
  appRow('with-node-sdk', 'beside-express', 'postgres', 22, 16),
  ...besideRows('with-sentry', 20, 18),
  appRow('with-sentry', 'beside-express', 'postgres', 24, 17),
  ...besideRows('with-dd-trace', 24, 18),
  appRow('with-dd-trace', 'beside-express', 'postgres', 22, 17),
  ...typedFixtures.map((fixture) => appRow(fixture, 'types', undefined, 20)),
];

/**
 * Rows that are suites of the workspace: a row is the cases whose titles match, of one run of `npm test`'s files. With a fixture
 * the run is on the NestJS of that fixture.
 *
 * @type {{ name: string, versions: string, title: RegExp, fixture?: string }[]}
 */
export const suiteRows = [
  ...[15, 16, 17, 18].map((major) => ({
    name: `store contracts postgresql-${major}`,
    versions: `PostgreSQL ${major}: postgresStore and typeormStore`,
    title: new RegExp(`PostgreSQL ${major}`),
  })),
  { name: 'store contracts pglite', versions: 'PGlite: embeddedStore', title: /embedded ?store/i },
  { name: 'http contract express-4', versions: 'Express 4', title: /telemetry of Express 4/ },
  {
    name: 'http contract express-5',
    versions: 'Express 5, router 2.2 and 2.3',
    title: /telemetry of Express 5/,
  },
  {
    name: 'http contract nest-12-express',
    versions: 'NestJS 12 on Express',
    title: /telemetry of NestJS on Express/,
  },
  {
    name: 'http contract nest-12-fastify',
    versions: 'NestJS 12 on Fastify',
    title: /telemetry of NestJS on Fastify/,
  },
  {
    name: 'transparency nest-12',
    versions: 'NestJS 12 on Express and on Fastify',
    title: /^transparency on NestJS/,
  },
  {
    name: 'http contract nest-11-express',
    versions: 'NestJS 11 on Express',
    title: /telemetry of NestJS on Express/,
    fixture: 'nest-11-typeorm-0.3',
  },
  {
    name: 'http contract nest-11-fastify',
    versions: 'NestJS 11 on Fastify',
    title: /telemetry of NestJS on Fastify/,
    fixture: 'nest-11-typeorm-0.3',
  },
  {
    name: 'transparency nest-11',
    versions: 'NestJS 11 on Express and on Fastify',
    title: /^transparency on NestJS/,
    fixture: 'nest-11-typeorm-0.3',
  },
  {
    name: 'transparency express',
    versions: 'Express 4 and 5',
    title: /^transparency on Express/,
  },
  {
    name: 'package without-peers',
    versions: 'core without OpenTelemetry, pg and PGlite',
    title: /without OpenTelemetry|by require|driver is missing|without any of the peers/,
  },
];

/** Those of them that also run on another NestJS. */
export const nestSuiteFiles = [
  'packages/nestjs/test/http-contract.test.ts',
  'packages/nestjs/test/living-with-others/transparency.test.ts',
];

/** The files in which the suites of `suiteRows` are. */
export const suiteFiles = [
  'packages/core/test/alerts/alert-manager.test.ts',
  'packages/core/test/health/health-contract.test.ts',
  'packages/core/test/metrics/metrics-contract.test.ts',
  'packages/core/test/package/without-peers.test.ts',
  'packages/core/test/storage/stores.test.ts',
  'packages/core/test/workflows/workflow-state-tracker.test.ts',
  'packages/express/test/http-contract.test.ts',
  'packages/express/test/living-with-others/transparency.test.ts',
  ...nestSuiteFiles,
  'packages/typeorm/test/store/store-contract.test.ts',
];
