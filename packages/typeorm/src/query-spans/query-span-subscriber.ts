import { EventSubscriber } from 'typeorm';
import type { EntitySubscriberInterface } from 'typeorm';
import { QueryRecorder } from './query-recorder.ts';
import type { QueryEndEventLike, QueryEventLike } from './query-recorder.ts';
import { resolveQuerySpanOptions } from './query-span-options.ts';
import type { QuerySpanOptions } from './query-span-options.ts';

/** A subscriber class as the `subscribers` of a DataSource take it. */
export type QuerySpanSubscriberClass = new () => EntitySubscriberInterface;

// Registered, so that two copies of this package in one process recognise each other's subscribers.
const MARK = Symbol.for('pg-observability.query-span-subscriber');

/**
 * Creates a subscriber class that makes a span of each statement, with the attributes of OpenTelemetry's stable conventions.
 * It patches nothing, never throws into a query and never makes one wait. Statements of our own are not traced. Of several
 * such subscribers on one DataSource only the first works, so nothing is recorded twice.
 *
 * `queryRunner.stream()` tells subscribers nothing, so it makes no span.
 *
 * @throws `INVALID_OPTION`
 * @example
 * ```ts
 * new DataSource({ type: 'postgres', subscribers: [createQuerySpanSubscriber({ recordParameters: true })] });
 * ```
 */
export function createQuerySpanSubscriber(options: QuerySpanOptions = {}): QuerySpanSubscriberClass {
  const recorder = new QueryRecorder(resolveQuerySpanOptions(options));

  class QuerySpans implements EntitySubscriberInterface {
    static readonly [MARK] = true;
    readonly [MARK] = true;

    // Both return nothing: TypeORM would wait for a promise. And nothing gets out of them: TypeORM would turn a query that
    // worked into one that failed.
    beforeQuery(event: QueryEventLike): void {
      quietly(() => {
        if (isFirst(this, event)) {
          recorder.before(event);
        }
      });
    }

    afterQuery(event: QueryEndEventLike): void {
      quietly(() => recorder.after(event));
    }
  }

  EventSubscriber()(QuerySpans);
  return QuerySpans;
}

/**
 * {@link createQuerySpanSubscriber} with its defaults, for the `subscribers` of a DataSource.
 * @example `new DataSource({ type: 'postgres', subscribers: [QuerySpanSubscriber] });`
 */
export const QuerySpanSubscriber: QuerySpanSubscriberClass = createQuerySpanSubscriber();

/** True for a subscriber of ours, as a class or as an instance. */
export function isQuerySpanSubscriber(subscriber: unknown): boolean {
  return (
    (typeof subscriber === 'object' || typeof subscriber === 'function') &&
    subscriber !== null &&
    MARK in subscriber
  );
}

function isFirst(self: object, event: QueryEventLike): boolean {
  const { subscribers } = (event.dataSource ?? event.connection ?? {}) as {
    subscribers?: readonly unknown[];
  };
  const first = Array.isArray(subscribers) ? subscribers.find(isQuerySpanSubscriber) : undefined;
  return first === undefined || first === self;
}

function quietly(work: () => void): void {
  try {
    work();
  } catch {
    // A span less is no reason for a query to fail.
  }
}
