import type { SqlStore } from '@pg-observability/core';
import type { Report } from './report.ts';
import type { Traffic } from './traffic.ts';
import { until } from './waiting.ts';

/** Requests of the gateway that are counted, and spans of them that are stored. */
export async function countStored(store: SqlStore): Promise<{ counted: number; spans: number }> {
  const { rows } = await store.query<{ counted: number; spans: number }>(
    `select
       (select coalesce(sum(sample_count), 0)::float8 from observability.metrics
        where metric_name = 'http.server.request.duration' and service_name = 'express-gateway') as counted,
       (select count(*)::float8 from observability.v_spans
        where service_name = 'express-gateway' and kind = 'SERVER') as spans`,
  );
  return rows[0] ?? { counted: 0, spans: 0 };
}

/** Waits until each request that was answered is counted once and has a span. */
export async function checkNothingLost(store: SqlStore, traffic: Traffic, report: Report): Promise<void> {
  let found = { counted: 0, spans: 0 };
  await until(
    'every request stored',
    async () => {
      found = await countStored(store);
      return found.counted >= traffic.answered && found.spans >= traffic.answered;
    },
    30_000,
  ).catch(() => undefined);
  report.check(
    'every request that was answered is counted and has a span, once',
    found.counted === traffic.answered && found.spans === traffic.answered,
    `${traffic.answered} answered, ${found.counted} counted, ${found.spans} spans`,
  );
}

/** The process that evaluates the rules of a service. */
export async function evaluatorOf(store: SqlStore, service: string): Promise<number | undefined> {
  const { rows } = await store.query<{ holder: string }>(
    'select holder from observability.leases where name = $1::text and expires_at > clock_timestamp()',
    [`alerts/${service}`],
  );
  const pid = rows[0]?.holder.split('/').at(-2);
  return pid === undefined ? undefined : Number(pid);
}
