import { createErrorFingerprint } from './error-fingerprint.ts';
import type { ErrorOccurrence } from './error-occurrence.ts';

/** How often an error was seen since the last flush. */
export interface CountedError {
  readonly fingerprint: string;
  readonly serviceName: string;
  readonly exceptionType: string;
  readonly message: string;
  readonly culprit: string | undefined;
  count: number;
  firstSeenMs: number;
  lastSeenMs: number;
  lastTraceId: string | undefined;
}

/** Type of the group that counts what has no room for a group of its own. */
export const OVERFLOW_TYPE = '(too many kinds of errors)';

/** Errors counted until the next flush: a bounded number of groups, and one more for the rest of each service. */
export class ErrorWindow {
  readonly #maxGroups: number;
  readonly #groups = new Map<string, CountedError>();
  #count = 0;

  constructor(maxGroups: number) {
    this.#maxGroups = maxGroups;
  }

  /** Errors in it. */
  get count(): number {
    return this.#count;
  }

  /** The groups, each with its count. */
  get groups(): readonly CountedError[] {
    return [...this.#groups.values()];
  }

  add(occurrence: ErrorOccurrence): void {
    this.#count += 1;
    const known = this.#groups.get(occurrence.fingerprint);
    if (known !== undefined) {
      countUp(known, occurrence);
    } else if (this.#groups.size < this.#maxGroups) {
      this.#groups.set(occurrence.fingerprint, toCounted(occurrence));
    } else {
      this.#addToOverflow(occurrence);
    }
  }

  /** Counts errors that could not even be looked at. */
  addUnseen(serviceName: string, count: number, atMs: number): void {
    const group = this.#overflowOf(serviceName, atMs);
    this.#count += count;
    group.count += count;
    group.lastSeenMs = Math.max(group.lastSeenMs, atMs);
  }

  #addToOverflow({ serviceName, atMs, traceId }: ErrorOccurrence): void {
    const group = this.#overflowOf(serviceName, atMs);
    group.count += 1;
    group.firstSeenMs = Math.min(group.firstSeenMs, atMs);
    group.lastSeenMs = Math.max(group.lastSeenMs, atMs);
    group.lastTraceId = traceId;
  }

  #overflowOf(serviceName: string, atMs: number): CountedError {
    const fingerprint = createErrorFingerprint(serviceName, OVERFLOW_TYPE, '', undefined);
    const known = this.#groups.get(fingerprint);
    if (known !== undefined) {
      return known;
    }
    const group: CountedError = {
      fingerprint,
      serviceName,
      exceptionType: OVERFLOW_TYPE,
      message: 'More kinds of errors came at once than are told apart.',
      culprit: undefined,
      count: 0,
      firstSeenMs: atMs,
      lastSeenMs: atMs,
      lastTraceId: undefined,
    };
    this.#groups.set(fingerprint, group);
    return group;
  }
}

function toCounted({ traceId, atMs, ...rest }: ErrorOccurrence): CountedError {
  return { ...rest, count: 1, firstSeenMs: atMs, lastSeenMs: atMs, lastTraceId: traceId };
}

function countUp(group: CountedError, { traceId, atMs }: ErrorOccurrence): void {
  group.count += 1;
  group.firstSeenMs = Math.min(group.firstSeenMs, atMs);
  if (atMs >= group.lastSeenMs) {
    group.lastSeenMs = atMs;
    group.lastTraceId = traceId;
  }
}
