import { activeTrace, getTracer, isUntraced, redactText, sqlState } from '@pg-observability/core';
import type { Attributes, Span } from '@pg-observability/core';
import { isOwnQueryRunner } from '../store/own-query-runners.ts';
import { createQueryAnalyzer } from './analyze-query.ts';
import type { AnalyzedQuery } from './analyze-query.ts';
import { describeDatabase } from './database-description.ts';
import type { DatabaseDescription, DescribedDataSource } from './database-description.ts';
import { OperationDurations } from './operation-durations.ts';
import { parametersToAttributes } from './parameter-attributes.ts';
import { PendingQueries } from './pending-queries.ts';
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
// Neither a code nor a name may be anything: both are labels.
const ERROR_CODE = /^[A-Z][A-Z0-9_]{0,63}$/;
const ERROR_NAME = /^[A-Za-z_$][\w$]{0,63}$/;

/** Makes a span and a duration of each statement. */
export class QueryRecorder {
  readonly #options: ResolvedQuerySpanOptions;
  readonly #analyze = createQueryAnalyzer();
  readonly #pending = new PendingQueries();
  readonly #durations = new OperationDurations();
  readonly #descriptions = new WeakMap<
    object,
    Map<string, { entities: unknown; description: DatabaseDescription }>
  >();

  constructor(options: ResolvedQuerySpanOptions) {
    this.#options = options;
  }

  before(event: QueryEventLike): void {
    const { requireParent } = this.#options;
    if (isOwnQueryRunner(event.queryRunner) || isUntraced()) {
      return;
    }
    const metrics = this.#options.metrics();
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
        metrics,
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
    if (pending.metrics !== undefined) {
      const attributes = { ...pending.attributes, ...failure };
      this.#durations.record(pending.metrics, seconds, attributes, pending.span);
    }
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
  const { code, name } = (error ?? {}) as { code?: unknown; name?: unknown };
  const known = [
    [code, ERROR_CODE],
    [name, ERROR_NAME],
  ] as const;
  const found = known.find(([value, pattern]) => typeof value === 'string' && pattern.test(value));
  return { 'error.type': (found?.[0] as string | undefined) ?? '_OTHER' };
}
