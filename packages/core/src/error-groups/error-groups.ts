import { assertArguments, assertLimit } from '../arguments/assert-arguments.ts';
import { assertText } from '../arguments/assert-text.ts';
import { describeValue } from '../arguments/describe-value.ts';
import { toRecordedText } from '../arguments/recorded-text.ts';
import { assertOptions, resolveRedact } from '../arguments/recording-options.ts';
import { ObservabilityError } from '../errors/observability-error.ts';
import type { Redact } from '../sanitize/redact.ts';
import { createStoreAccess } from '../storage/store-access.ts';
import type { StoreAccess, StoreAccessOptions } from '../storage/store-access.ts';
import type { SqlStore } from '../storage/sql-store.ts';
import { ERROR_GROUP_STATES, rowToErrorGroup } from './error-group.ts';
import type { ErrorGroup, ErrorGroupRow, ErrorGroupState, NewError } from './error-group.ts';
import {
  changeErrorGroup,
  selectErrorGroup,
  selectErrorGroups,
  selectNewErrors,
} from './error-groups.sql.ts';

/** Options of {@link ErrorGroups}. */
export interface ErrorGroupsOptions extends StoreAccessOptions {
  /** Masks names and notes that are given to it. Default: the list of what is secret. */
  redact?: Redact | undefined;
}

/** Which groups are answered; all of the conditions hold. */
export interface ErrorGroupFilter {
  /** Seen at this time or later. Default: whenever. */
  since?: Date | undefined;
  state?: ErrorGroupState | undefined;
  serviceName?: string | undefined;
  /** How many at most, 1 to 10,000. Default 100. */
  limit?: number | undefined;
}

/**
 * Errors of the applications, equal ones in one group, and what became of them. The groups are made by `createObservability`, from the
 * exceptions that spans record; this class reads them and changes their state.
 *
 * Every call is awaited and rejects with an `ObservabilityError`; with the database away it rejects with `STORE_UNAVAILABLE`
 * after `timeoutMs` (default 5,000). The tables are made on first use.
 *
 * @example
 * ```ts
 * const errors = new ErrorGroups(postgresStore(process.env.DATABASE_URL));
 * const [worst] = await errors.list({ state: 'open', since: new Date(Date.now() - 3_600_000) });
 * await errors.resolve(worst.fingerprint, 'ann', 'mended in 1.4.2');
 * ```
 */
export class ErrorGroups {
  readonly #access: StoreAccess;
  readonly #redact: Redact;

  /**
   * @param store - where the groups are
   * @throws `INVALID_ARGUMENT` when `store` is not a store, `INVALID_OPTION` for a bad option
   */
  constructor(store: SqlStore, options: ErrorGroupsOptions = {}) {
    assertOptions(options, 'ErrorGroups');
    this.#redact = resolveRedact(options.redact);
    this.#access = createStoreAccess(store, options);
  }

  /**
   * Groups of errors, those seen last first.
   * @param filter - `since`, `state`, `serviceName` and `limit` (1 to 10,000, default 100)
   * @throws `INVALID_ARGUMENT`, and the codes of the store
   * @example `const open = await errors.list({ state: 'open' });`
   */
  async list(filter: ErrorGroupFilter = {}): Promise<ErrorGroup[]> {
    const { rows } = await this.#access.query<ErrorGroupRow>(selectErrorGroups, filterToValues(filter));
    return rows.map(rowToErrorGroup);
  }

  /**
   * A group by its fingerprint.
   * @returns null when there is none
   * @throws `INVALID_ARGUMENT`, and the codes of the store
   */
  async get(fingerprint: string): Promise<ErrorGroup | null> {
    assertFingerprint(fingerprint);
    const { rows } = await this.#access.query<ErrorGroupRow>(selectErrorGroup, [fingerprint]);
    return rows[0] === undefined ? null : rowToErrorGroup(rows[0]);
  }

  /**
   * Says that an error is mended. When it is seen after that, it is open again and counted as a regression.
   *
   * @param fingerprint - of the group
   * @param by - who, 1 to 256 characters. Default: nobody
   * @param note - what they say, 1 to 4,096 characters
   * @throws `ERROR_GROUP_NOT_FOUND`, `INVALID_ARGUMENT`, and the codes of the store
   */
  resolve(fingerprint: string, by?: string, note?: string): Promise<ErrorGroup> {
    return this.#change(fingerprint, 'resolved', by, note);
  }

  /** Says that an error is of no interest: it is counted, and never new or open again. The same as {@link resolve} otherwise. */
  ignore(fingerprint: string, by?: string, note?: string): Promise<ErrorGroup> {
    return this.#change(fingerprint, 'ignored', by, note);
  }

  /** Takes {@link resolve} or {@link ignore} back. The same otherwise. */
  reopen(fingerprint: string, by?: string, note?: string): Promise<ErrorGroup> {
    return this.#change(fingerprint, 'open', by, note);
  }

  /**
   * Open groups that were first stored at this time or later, or came back since, the oldest first. What is stored at this moment may
   * be seen at the next call only, so let the times of two calls overlap by a minute, and tell groups by their fingerprint.
   *
   * @param since - by the clock of the database
   * @param limit - how many at most, 1 to 10,000. Default 1,000
   * @throws `INVALID_ARGUMENT`, and the codes of the store
   */
  async readNewErrors(since: Date, limit = 1_000): Promise<NewError[]> {
    assertTime('since', since);
    assertLimit(limit);
    const { rows } = await this.#access.query<ErrorGroupRow>(selectNewErrors, [since.getTime(), limit, null]);
    return rows.map((row) => ({
      ...rowToErrorGroup(row),
      kind: row.created_at_ms >= since.getTime() ? 'new' : 'regression',
    }));
  }

  async #change(
    fingerprint: string,
    state: ErrorGroupState,
    by: unknown,
    note: unknown,
  ): Promise<ErrorGroup> {
    assertFingerprint(fingerprint);
    const { rows } = await this.#access.query<ErrorGroupRow>(changeErrorGroup, [
      fingerprint,
      state,
      this.#toProse('by', by, 256),
      this.#toProse('note', note, 4_096),
    ]);
    if (rows[0] === undefined) {
      throw new ObservabilityError(
        'ERROR_GROUP_NOT_FOUND',
        `There is no group of errors with the fingerprint ${describeValue(fingerprint)}. list() answers those there are.`,
      );
    }
    return rowToErrorGroup(rows[0]);
  }

  #toProse(name: string, value: unknown, maxCharacters: number): string | null {
    if (value === undefined) {
      return null;
    }
    assertText(value, { name, code: 'INVALID_ARGUMENT', maxCharacters });
    return toRecordedText(name, value, this.#redact);
  }
}

function filterToValues(filter: ErrorGroupFilter): readonly (string | number | null)[] {
  assertArguments(filter, 'The argument of list', "{ state: 'open', limit: 10 }");
  const { since, state, serviceName, limit = 100 } = filter;
  if (since !== undefined) {
    assertTime('since', since);
  }
  if (state !== undefined && !ERROR_GROUP_STATES.includes(state)) {
    throw new ObservabilityError(
      'INVALID_ARGUMENT',
      `state is ${describeValue(state)}; expected one of ${ERROR_GROUP_STATES.join(', ')}.`,
    );
  }
  if (serviceName !== undefined) {
    assertText(serviceName, { name: 'serviceName', code: 'INVALID_ARGUMENT', maxCharacters: 255 });
  }
  assertLimit(limit);
  return [since?.getTime() ?? null, state ?? null, serviceName ?? null, limit];
}

function assertFingerprint(fingerprint: unknown): asserts fingerprint is string {
  if (typeof fingerprint !== 'string' || !/^[0-9a-f]{64}$/.test(fingerprint)) {
    throw new ObservabilityError(
      'INVALID_ARGUMENT',
      `fingerprint is ${describeValue(fingerprint)}; expected that of a group, 64 hex digits.`,
    );
  }
}

// PostgreSQL has a timestamp for every year up to 294276; a Date goes a little further at both ends.
const LEAST_MS = Date.UTC(-4000, 0, 1);
const MOST_MS = Date.UTC(200_000, 0, 1);

function assertTime(name: string, value: unknown): asserts value is Date {
  const time = value instanceof Date ? value.getTime() : Number.NaN;
  if (!(time >= LEAST_MS && time <= MOST_MS)) {
    throw new ObservabilityError(
      'INVALID_ARGUMENT',
      `${name} is ${value instanceof Date ? 'an invalid Date, or one out of range' : describeValue(value)}; expected a Date.`,
    );
  }
}
