import type { IngestBatch } from '../ingest/write-with-retry.ts';
import { storeBatch } from '../ingest/store-batch.ts';
import type { Redact } from '../sanitize/redact.ts';
import type { StoreAccessOptions } from '../storage/store-access.ts';
import type { SqlRunner, SqlStore } from '../storage/sql-store.ts';
import { resourceToRow, scopeToRow } from './interned-rows.ts';
import type { ResourceRow, ScopeRow } from './interned-rows.ts';
import type { InstrumentationScope, ReadableSpan, Resource } from './opentelemetry-types.ts';
import { spanStartMs, spanToRow } from './span-row.ts';
import type { SpanRow } from './span-row.ts';
import { insertResources, insertScopes, insertSpans } from './spans.sql.ts';

/** Options of {@link SpanWriter}. */
export interface SpanWriterOptions extends StoreAccessOptions {
  redact: Redact;
}

/** Maps finished spans to rows and stores a batch of them exactly once. */
export class SpanWriter {
  readonly #store: SqlStore;
  readonly #options: SpanWriterOptions;
  readonly #resources = new WeakMap<Resource, ResourceRow>();
  readonly #scopes = new WeakMap<InstrumentationScope, ScopeRow>();
  readonly #storedOrigins = new Set<string>();

  constructor(store: SqlStore, options: SpanWriterOptions) {
    this.#store = store;
    this.#options = options;
  }

  async write({ batchId, items }: IngestBatch<ReadableSpan>): Promise<void> {
    await Promise.all(items.map(settledResource));
    const resources = new Map<string, ResourceRow>();
    const scopes = new Map<string, ScopeRow>();
    const rows: SpanRow[] = items.map((span) => {
      const resource = this.#resourceRow(span.resource);
      const scope = this.#scopeRow(span.instrumentationScope);
      resources.set(resource.resource_id, resource);
      scopes.set(scope.scope_id, scope);
      const origin = {
        resourceId: resource.resource_id,
        scopeId: scope.scope_id,
        serviceName: resource.service_name,
      };
      return spanToRow(span, origin, this.#options.redact);
    });
    const json = JSON.stringify(rows);
    await storeBatch(
      this.#store,
      {
        batchId,
        signal: 'spans',
        rowCount: rows.length,
        times: items.map(spanStartMs),
        insert: async (sql) => {
          await this.#insertOrigins(sql, [...resources.values()], [...scopes.values()]);
          await sql.query(insertSpans, [json]);
        },
      },
      this.#options,
    );
    for (const id of [...resources.keys(), ...scopes.keys()]) {
      this.#storedOrigins.add(id);
    }
  }

  async #insertOrigins(sql: SqlRunner, resources: ResourceRow[], scopes: ScopeRow[]): Promise<void> {
    const newResources = resources.filter((row) => !this.#storedOrigins.has(row.resource_id));
    if (newResources.length > 0) {
      await sql.query(insertResources, [JSON.stringify(newResources)]);
    }
    const newScopes = scopes.filter((row) => !this.#storedOrigins.has(row.scope_id));
    if (newScopes.length > 0) {
      await sql.query(insertScopes, [JSON.stringify(newScopes)]);
    }
  }

  #resourceRow(resource: Resource): ResourceRow {
    let row = this.#resources.get(resource);
    if (row === undefined) {
      row = resourceToRow(resource, this.#options.redact);
      this.#resources.set(resource, row);
    }
    return row;
  }

  #scopeRow(scope: InstrumentationScope): ScopeRow {
    let row = this.#scopes.get(scope);
    if (row === undefined) {
      row = scopeToRow(scope);
      this.#scopes.set(scope, row);
    }
    return row;
  }
}

async function settledResource(span: ReadableSpan): Promise<void> {
  if (span.resource.asyncAttributesPending === true) {
    await span.resource.waitForAsyncAttributes?.();
  }
}
