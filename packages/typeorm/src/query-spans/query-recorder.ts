import { activeTrace, getTracer, isUntraced, redactText, sqlState } from '@pg-observability/core';
import type { Attributes, Span } from '@pg-observability/core';
import { isOwnQueryRunner } from '../store/own-query-runners.ts';
import { createQueryAnalyzer } from './analyze-query.ts';
import type { AnalyzedQuery } from './analyze-query.ts';
import { describeDatabase } from './database-description.ts';
import type { DatabaseDescription, DescribedDataSource } from './database-description.ts';
import { parametersToAttributes } from './parameter-attributes.ts';
import { PendingQueries } from './pending-queries.ts';
import type { PendingQuery } from './pending-queries.ts';
import type { ResolvedQuerySpanOptions } from './query-span-options.ts';

/** TypeORM's event before a statement, of 0.3 and of 1.x. */
export interface QueryEventLike {
  query: string;
  parameters?: unknown;
  queryRunner: { getReplicationMode?(): 'master' | 'slave' };
  /** Since 1.0; `connection` before. */
  dataSource?: object;
  connection?: object;
}

/** TypeORM's event after a statement. */
export interface QueryEndEventLike extends QueryEventLike {
  success: boolean;
  error?: unknown;
}

const KIND_CLIENT = 2;
const STATUS_ERROR = 2;
const MAX_MESSAGE_LENGTH = 1_024;
const METRIC_LABELS = [
  'db.system.name',
  'db.namespace',
  'db.operation.name',
  'db.collection.name',
  'server.address',
  'server.port',
  'db.response.status_code',
  'error.type',
];

/** Makes a span and a duration of each statement. */
export class QueryRecorder {
  readonly #options: ResolvedQuerySpanOptions;
  readonly #analyze = createQueryAnalyzer();
  readonly #pending = new PendingQueries();
  readonly #descriptions = new WeakMap<
    object,
    Map<string, { entities: unknown; description: DatabaseDescription }>
  >();

  constructor(options: ResolvedQuerySpanOptions) {
    this.#options = options;
  }

  before(event: QueryEventLike): void {
    const { requireParent, metrics } = this.#options;
    if (isOwnQueryRunner(event.queryRunner) || isUntraced()) {
      return;
    }
    const isTraced = !requireParent || activeTrace() !== undefined;
    if (!isTraced && metrics === undefined) {
      return;
    }
    const query = this.#analyze(event.query);
    const attributes = this.#attributes(event, query);
    const span = isTraced ? this.#startSpan(event, query, attributes) : undefined;
    if (span !== undefined || metrics !== undefined) {
      const { query: text, parameters } = event;
      this.#pending.add(event.queryRunner, {
        query: text,
        parameters,
        span,
        attributes,
        startedAt: performance.now(),
      });
    }
  }

  after(event: QueryEndEventLike): void {
    const pending = this.#pending.take(event.queryRunner, event.query, event.parameters);
    if (pending === undefined) {
      return;
    }
    const seconds = (performance.now() - pending.startedAt) / 1_000;
    const failure = event.success ? {} : errorAttributes(event.error);
    if (pending.span !== undefined) {
      if (!event.success) {
        pending.span.setAttributes(failure);
        pending.span.setStatus({ code: STATUS_ERROR, message: this.#errorMessage(event.error) });
      }
      pending.span.end();
    }
    this.#options.metrics?.histogram('db.client.operation.duration', seconds, toLabels(pending, failure), {
      unit: 's',
    });
  }

  #startSpan(event: QueryEventLike, query: AnalyzedQuery, attributes: Attributes): Span | undefined {
    const { recordParameters, redact } = this.#options;
    const span = getTracer().startSpan(query.summary ?? 'postgresql', {
      kind: KIND_CLIENT,
      attributes: {
        ...attributes,
        'db.query.text': query.text,
        ...(query.summary === undefined ? {} : { 'db.query.summary': query.summary }),
        ...(recordParameters ? parametersToAttributes(event.parameters, query.parameterNames, redact) : {}),
      },
    });
    return span.isRecording() ? span : undefined;
  }

  #attributes(event: QueryEventLike, { operation, mainTable }: AnalyzedQuery): Attributes {
    const { attributes, entityTables } = this.#describe(event);
    return {
      'db.system.name': 'postgresql',
      ...attributes,
      ...(operation === undefined ? {} : { 'db.operation.name': operation }),
      // Only tables that belong to an entity: a name out of any SQL may be that of a WITH, or made up for one statement.
      ...(mainTable !== undefined && entityTables.has(mainTable) ? { 'db.collection.name': mainTable } : {}),
    };
  }

  #describe(event: QueryEventLike): DatabaseDescription {
    const dataSource = (event.dataSource ?? event.connection ?? event.queryRunner) as DescribedDataSource &
      object;
    const mode = event.queryRunner.getReplicationMode?.() ?? 'master';
    const byMode = this.#descriptions.get(dataSource) ?? new Map();
    this.#descriptions.set(dataSource, byMode);
    const known = byMode.get(mode);
    // initialize() replaces the list of entities.
    if (known !== undefined && known.entities === dataSource.entityMetadatas) {
      return known.description;
    }
    const description = describeDatabase(dataSource, mode);
    byMode.set(mode, { entities: dataSource.entityMetadatas, description });
    return description;
  }

  // PostgreSQL quotes the refused value in the messages of class 22: invalid input syntax for type uuid: "…".
  #errorMessage(error: unknown): string {
    const message = redactText(error instanceof Error ? error.message : String(error));
    const hidesValues = !this.#options.recordParameters && sqlState(error)?.startsWith('22') === true;
    return (hidesValues ? message.replace(/"[^]*"/, '"?"') : message).slice(0, MAX_MESSAGE_LENGTH);
  }
}

function errorAttributes(error: unknown): Attributes {
  const state = sqlState(error);
  if (state !== undefined) {
    return { 'db.response.status_code': state, 'error.type': state };
  }
  const code = (error as { code?: unknown } | null | undefined)?.code;
  return { 'error.type': typeof code === 'string' ? code : error instanceof Error ? error.name : '_OTHER' };
}

function toLabels({ attributes }: PendingQuery, failure: Attributes): Record<string, string | number> {
  const all = { ...attributes, ...failure };
  const labels: Record<string, string | number> = {};
  for (const name of METRIC_LABELS) {
    const value = all[name];
    if (typeof value === 'string' || typeof value === 'number') {
      labels[name] = value;
    }
  }
  return labels;
}
