// An application that has another tool already: OpenTelemetry's NodeSDK with its instrumentations, Sentry or dd-trace. The
// same shop runs without us and with us: clients and the other tool must get the same, and the database everything once.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { request as openRequest } from 'node:http';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { after, before, test } from 'node:test';
import { openIntake } from './beside/intake.mjs';
import { startShop } from './beside/start-shop.mjs';
import { row } from './row.mjs';

const tool = process.env.MATRIX_FIXTURE;
/** What requests of the suite are, and what is stored of them. */
const requests = [
  ...['7', '8', '9'].map((id) => ({
    path: `/orders/${id}`,
    name: 'GET /orders/:id',
    route: '/orders/:id',
    status: 200,
  })),
  { method: 'POST', path: '/orders', name: 'POST /orders', route: '/orders', status: 201 },
  { path: '/fail', name: 'GET /fail', route: '/fail', status: 500 },
  { path: '/nowhere', name: 'GET', route: null, status: 404 },
].map((request, index) => ({ method: 'GET', correlationId: `${tool}-${index}`, ...request }));
const orders = requests.filter(({ route }) => route === '/orders/:id').length;

let client;
let bare;
before(async () => {
  const loaded = await row.load('pg');
  client = new (loaded.default ?? loaded).Client({ connectionString: row.databaseUrl });
  await client.connect();
  const { ensureObservabilityTables } = await row.load('@pg-observability/core');
  const { postgresStore } = await row.load('@pg-observability/core/node-postgres');
  const store = postgresStore(row.databaseUrl);
  await ensureObservabilityTables(store);
  await store.close();
  bare = await visit('bare');
});
after(() => client?.end());

/** What a client gets, without what differs from one second or request to the next. */
async function ask(url, { method, path, correlationId }) {
  const headers = { 'x-correlation-id': correlationId, 'content-type': 'application/json' };
  const request = openRequest(`${url}${path}`, { method, headers, agent: false });
  request.end(method === 'POST' ? '{"article":"tea"}' : undefined);
  const [response] = await once(request, 'response');
  const own = [];
  const rest = [];
  for (let index = 0; index < response.rawHeaders.length; index += 2) {
    const [name, value] = response.rawHeaders.slice(index, index + 2);
    if (name.toLowerCase() === 'x-correlation-id') {
      own.push(value);
    } else if (name.toLowerCase() !== 'date') {
      rest.push(`${name}: ${value}`);
    }
  }
  const answer = {
    status: `${response.statusCode} ${response.statusMessage}`,
    headers: rest,
    body: await text(response),
  };
  return { answer, own };
}

/** Starts the shop, sends it all requests at once, and ends it. */
async function visit(mode) {
  const intake = await openIntake();
  const serviceName = `beside-${randomUUID()}`;
  const shop = await startShop({ tool, mode, serviceName, intakeUrl: intake.url });
  const visits = await Promise.all(requests.map((request) => ask(shop.url, request)));
  const { code, stats } = await shop.end();
  intake.close();
  const said = shop.output.filter((line) => line.includes('[pg-observability]'));
  return { serviceName, visits, code, stats, said, told: intake.told, output: shop.output };
}

async function read(query, serviceName) {
  return (await client.query(query, [serviceName])).rows;
}

function serverSpans({ serviceName }) {
  return read(
    `select operation_name as name, status, attributes ->> 'http.route' as route,
            (attributes ->> 'http.response.status_code')::int as status_code, correlation_id as "correlationId"
       from observability.spans where service_name = $1::text and kind = 'SERVER' order by correlation_id`,
    serviceName,
  );
}

async function assertSameForOthers({ visits, told, code, output }) {
  assert.deepEqual(
    visits.map(({ answer }) => answer),
    bare.visits.map(({ answer }) => answer),
  );
  assert.deepEqual(
    visits.map(({ own }) => own),
    requests.map(({ correlationId }) => [correlationId]),
  );
  assert.deepEqual(told, bare.told);
  assert.equal(code, 0, output.join('\n'));
}

async function assertRecordedOnce({ serviceName, output }) {
  assert.deepEqual(
    await serverSpans({ serviceName }),
    requests.map(({ name, status, route, correlationId }) => ({
      name,
      status: status >= 500 ? 'ERROR' : 'UNSET',
      route,
      status_code: status,
      correlationId,
    })),
    output.join('\n'),
  );
  const counts = await read(
    `select labels ->> 'http.route' as route, sum(sample_count)::int as count from observability.metrics
      where service_name = $1::text and metric_name = 'http.server.request.duration' group by 1 order by 2, 1`,
    serviceName,
  );
  assert.deepEqual(
    counts.toSorted((one, other) => (one.route < other.route ? -1 : 1)),
    [
      { route: '/fail', count: 1 },
      { route: '/orders', count: 1 },
      { route: '/orders/:id', count: orders },
      { route: '<unmatched>', count: 1 },
    ],
  );
}

/** Spans of a request are below its server span; our own queries and the other tool's deliveries have none. */
async function assertJoined({ serviceName }) {
  const inside = await read(
    `with recursive own as (select * from observability.spans where service_name = $1::text),
          below as (
            select span_id, span_id as server_id, operation_name from own where kind = 'SERVER'
            union all
            select own.span_id, below.server_id, own.operation_name
              from own join below on own.parent_span_id = below.span_id)
     select name[1] as name, count(distinct server_id)::int as requests, count(*)::int as spans
       from below, regexp_matches(operation_name, '^show order$|^pg\\.query:SELECT') as name group by 1 order by 1`,
    serviceName,
  );
  const names = tool === 'with-node-sdk' ? ['pg.query:SELECT', 'show order'] : ['show order'];
  assert.deepEqual(
    inside,
    names.map((name) => ({ name, requests: orders, spans: orders })),
  );
  const strays = await read(
    `select operation_name as name, attributes from observability.spans as span
      where service_name = $1::text and kind <> 'SERVER'
        and (attributes::text ~ 'observability\\.|/envelope/|/v1/traces|/v0\\..*traces'
          or (parent_span_id is not null
            and not exists (select from observability.spans as parent where parent.span_id = span.parent_span_id)))`,
    serviceName,
  );
  assert.deepEqual(strays, []);
}

const modes = {
  'with-node-sdk': ['connected'],
  'with-sentry': ['no-provider'],
  'with-dd-trace': ['connected', 'no-provider'],
};

test('without us the other tool gets one server span a request', () => {
  assert.equal(bare.told.requests, requests.length, bare.output.join('\n'));
  assert.equal(bare.code, 0);
});

for (const mode of modes[tool]) {
  test(`one server span a request for us, and all there was before for everybody else: ${mode}`, async () => {
    const seen = await visit(mode);

    await assertSameForOthers(seen);
    await assertRecordedOnce(seen);
    await assertJoined(seen);
    assert.deepEqual(seen.said, []);
    assert.equal(seen.stats.tracing, mode === 'connected' ? 'foreign-sdk' : 'active');
    assert.deepEqual(seen.stats.spans.dropped, {});
  });
}

if (modes[tool].includes('connected')) {
  test('a provider that does not have our processor is said once, with the line to paste', async () => {
    const seen = await visit('unconnected');

    await assertSameForOthers(seen);
    assert.equal(seen.said.length, 1, seen.said.join('\n'));
    assert.match(seen.said[0], /spanProcessors: \[observability\.spanProcessor\]/);
    assert.equal(seen.stats.tracing, 'foreign-sdk-not-connected');
    assert.deepEqual(await serverSpans(seen), []);
  });
}
