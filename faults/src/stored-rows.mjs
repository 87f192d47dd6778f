import { requireFrom } from './packages.mjs';

const pg = requireFrom('core', 'pg');

/** Runs `work` with a connection of its own. */
export async function withClient(url, work) {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

/**
 * What is stored of the requests of a load: of each how many server spans, and how many the metric counts.
 *
 * @returns {Promise<{ spans: Map<string, number>, counted: number }>}
 */
export function readStored(url, prefix) {
  return withClient(url, async (client) => {
    const { rows } = await client.query(
      `select correlation_id as id, count(*)::integer as spans from observability.v_spans
       where correlation_id like $1 || '-%' and lower(kind) = 'server' group by 1`,
      [prefix],
    );
    const metric = await client.query(
      `select coalesce(sum(sample_count), 0)::integer as counted from observability.metrics
       where metric_name = 'http.server.request.duration' and service_name = $1`,
      [prefix],
    );
    return { spans: new Map(rows.map(({ id, spans }) => [id, spans])), counted: metric.rows[0].counted };
  });
}

/** Spans of these names: how many rows, and how many different spans. */
export function countSpans(url, names) {
  return withClient(url, async (client) => {
    const { rows } = await client.query(
      `select count(*)::integer as stored, count(distinct span_id)::integer as distinct
       from observability.spans where operation_name = any($1)`,
      [names],
    );
    return rows[0];
  });
}

/**
 * The load against the rows: which answered requests have no span, and which have more than one.
 *
 * @param {{ answered: Map<string, number>, failed: { id: string }[] }} load
 */
export function compare(load, { spans, counted }) {
  const lost = [...load.answered].filter(([id]) => !spans.has(id)).map(([id, atMs]) => ({ id, atMs }));
  const stored = [...spans.values()].reduce((sum, count) => sum + count, 0);
  return { sent: load.answered.size, stored, lost, duplicated: stored - spans.size, counted };
}

/** Which requests have no span, and what the application says of its spans; nothing where all have one. */
export function describeLost({ lost }, { stored, queued, spooled, retried, lastError }) {
  if (lost.length === 0) {
    return [];
  }
  const ids = lost.map(({ id }) => id);
  const told = { stored, queued, spooled, retried, lastError };
  return [`no span: ${ids.slice(0, 3).join(', ')} … ${ids.at(-1)}; stats ${JSON.stringify(told)}`];
}

/** Answers when `look` answers something true, or after the time. */
export async function until(look, timeoutMs, intervalMs = 100) {
  const endsAt = performance.now() + timeoutMs;
  while (performance.now() < endsAt) {
    const seen = await look();
    if (seen) {
      return seen;
    }
    await pause(intervalMs);
  }
  return undefined;
}

/** Waits. */
export function pause(ms) {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
