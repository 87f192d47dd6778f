import { ObservabilityError } from '@pg-observability/core';
import { assertDataSource } from '../assert-data-source.ts';
import type { DataSourceLike } from '../data-source-like.ts';
import type { QuerySpanOptions } from './query-span-options.ts';
import { createQuerySpanSubscriber, isQuerySpanSubscriber } from './query-span-subscriber.ts';

/** What of a DataSource is used to add a subscriber. */
export interface TraceableDataSource extends DataSourceLike {
  readonly subscribers: object[];
  setOptions(options: { subscribers: (() => void)[] }): unknown;
}

/**
 * Makes a span of each statement, and measures it, of a DataSource that somebody else has made, for example Nest's. Before or after
 * `initialize()`; it stays when the DataSource is initialized again.
 *
 * @param dataSource of type `postgres`
 * @param options see {@link QuerySpanOptions}
 * @throws `INVALID_ARGUMENT` when `dataSource` is not one; `INVALID_OPTION`; `ALREADY_REGISTERED` when it is traced already
 * @example `traceQueries(dataSource, { recordParameters: true });`
 */
export function traceQueries(dataSource: TraceableDataSource, options: QuerySpanOptions = {}): void {
  assertDataSource(dataSource, 'traceQueries');
  const listed = listSubscribers((dataSource.options as { subscribers?: unknown }).subscribers);
  if ([...listed, ...dataSource.subscribers].some(isQuerySpanSubscriber)) {
    throw new ObservabilityError(
      'ALREADY_REGISTERED',
      'The queries of this DataSource are traced already. Call traceQueries once, or list the subscriber, not both.',
    );
  }
  const Subscriber = createQuerySpanSubscriber(options);
  // initialize() makes the subscribers anew from the options.
  dataSource.setOptions({ subscribers: [...listed, Subscriber] as never[] });
  if (dataSource.isInitialized) {
    dataSource.subscribers.push(new Subscriber());
  }
}

/** TypeORM takes a list or an object of subscribers. */
function listSubscribers(subscribers: unknown): unknown[] {
  return typeof subscribers === 'object' && subscribers !== null ? Object.values(subscribers) : [];
}
