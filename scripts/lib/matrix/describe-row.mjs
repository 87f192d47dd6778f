import { pinnedVersions } from './fixtures.mjs';

const applications = {
  express: 'Express',
  'nest-express': 'NestJS on Express',
  'nest-fastify': 'NestJS on Fastify',
  entrances: 'NestJS',
  outgoing: 'fetch, node:http, node:http2',
  'own-sdk': 'own OpenTelemetry SDK',
  terminus: 'NestJS on Express, Terminus',
  'beside-express': 'Express',
  'beside-nest-express': 'NestJS on Express',
  'beside-nest-fastify': 'NestJS on Fastify',
};

/** What an application has beside us, by the package that it installs. */
const tools = {
  '@opentelemetry/sdk-node': 'NodeSDK',
  '@sentry/node': 'Sentry',
  'dd-trace': 'dd-trace',
};

/** What brings messages, jobs and commands, by its package. */
const entrances = {
  '@nestjs/microservices': 'microservices',
  '@nestjs/schedule': 'schedule',
  'nest-commander': 'nest-commander',
};

function describePackages(names, pinned) {
  return Object.keys(names)
    .filter((name) => name in pinned)
    .map((name) => `${names[name]} ${pinned[name]}`);
}

function describeApplication(app, pinned) {
  const name = applications[app];
  return name === 'Express'
    ? `${name} ${pinned.express}`
    : name
        .replace('NestJS', `NestJS ${pinned['@nestjs/core']}`)
        .replace('Terminus', `Terminus ${pinned['@nestjs/terminus']}`);
}

function describeOpenTelemetry(pinned) {
  const api = pinned['@opentelemetry/api'];
  return api === undefined ? 'no OpenTelemetry' : `API ${api} + SDK ${pinned['@opentelemetry/sdk-trace']}`;
}

const typed = { express: 'Express', '@nestjs/core': 'NestJS', typeorm: 'TypeORM' };

function describeTypes(pinned) {
  const names = Object.keys(typed).filter((name) => name in pinned);
  const parts = [...names.map((name) => `${typed[name]} ${pinned[name]}`), describeOpenTelemetry(pinned)];
  return `types of ${parts.join(', ')}`;
}

/** The versions that a row is about, from the manifest of its fixture. */
export function describeVersions({ fixture, app, store, postgres }) {
  const pinned = pinnedVersions(fixture);
  if (app === 'types') {
    return describeTypes(pinned);
  }
  if (app === 'test-runners') {
    return `jest ${pinned.jest}, node:test, ${describeOpenTelemetry(pinned)}`;
  }
  const parts = [
    describeApplication(app, pinned),
    ...describePackages(tools, pinned),
    ...(app === 'entrances' ? describePackages(entrances, pinned) : []),
    ...(store === 'typeorm' ? [`TypeORM ${pinned.typeorm}`] : []),
    store === 'embedded' ? `PGlite ${pinned['@electric-sql/pglite']}` : `PostgreSQL ${postgres}`,
    describeOpenTelemetry(pinned),
  ];
  return parts.join(', ');
}
