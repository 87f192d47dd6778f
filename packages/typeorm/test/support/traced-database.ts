import { createObservability } from '@pg-observability/core';
import type { Observability } from '@pg-observability/core';
import { createQuietLogger, testDatabase } from '@pg-observability/testkit';
import { DataSource } from 'typeorm';
import { typeormStore } from '../../src/index.ts';
import { closeDataSources, dataSourceOptions, openDataSource } from './data-sources.ts';

/** A stored span, as far as the tests look at it. */
export interface SpanOfQuery {
  name: string;
  kind: string;
  status: string;
  message: string | null;
  parent: string | null;
  attributes: Record<string, unknown>;
}

/** A database with the table of the orders and an instance that stores its spans. */
export interface TracedDatabase {
  readonly url: string;
  readonly observability: Observability;
  /** The spans of a trace that are not its root. In no order: those of one millisecond begin at the same time. */
  spansOf(traceId: string): Promise<SpanOfQuery[]>;
  /** All spans that are the root of a trace. */
  roots(): Promise<SpanOfQuery[]>;
  close(): Promise<void>;
}

/** Opens a {@link TracedDatabase}. The store has a pool of its own, so it does not depend on the DataSources of the tests. */
export async function openTracedDatabase(): Promise<TracedDatabase> {
  const { url } = await testDatabase();
  await (await openDataSource(url, { synchronize: true })).destroy();
  const store = typeormStore(new DataSource(dataSourceOptions(url)));
  const observability = createObservability({ serviceName: 'orders', store, logger: createQuietLogger() });
  await observability.start();
  const select = async (where: string, values: string[]): Promise<SpanOfQuery[]> => {
    await observability.flush();
    const { rows } = await store.query(
      `select operation_name as name, kind, status, status_message as message, parent_span_id as parent, attributes
       from observability.spans where ${where}`,
      values,
    );
    return rows as unknown as SpanOfQuery[];
  };
  return {
    url,
    observability,
    spansOf: (traceId) => select('trace_id = $1::text and parent_span_id is not null', [traceId]),
    roots: () => select('parent_span_id is null', []),
    close: async () => {
      await observability.shutdown();
      await store.close?.();
      await closeDataSources();
    },
  };
}
