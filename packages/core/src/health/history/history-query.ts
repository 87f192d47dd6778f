import { assertArguments, assertLimit } from '../../arguments/assert-arguments.ts';
import { assertText } from '../../arguments/assert-text.ts';
import { describeValue } from '../../arguments/describe-value.ts';
import { ObservabilityError } from '../../errors/observability-error.ts';

/** Which changes `history` answers. */
export interface HealthHistoryQuery {
  /** Name of a check; `ready` is the readiness. Default: all. */
  check?: string | undefined;
  /** Only changes from this time on. */
  since?: Date | undefined;
  /** How many at most, 1 to 10,000. Default 100. */
  limit?: number | undefined;
}

/** What `uptime` is asked for. */
export interface HealthUptimeQuery {
  /** Name of a check; `ready` is the readiness. Default: all that were seen in these days. */
  check?: string | undefined;
  /** Days in UTC, today included, 1 to 400. Default 30. */
  days?: number | undefined;
}

const MAX_DAYS = 400;
// The range of a Date; PostgreSQL's ends later.
const MAX_EPOCH_MS = 8.64e15;
// PostgreSQL knows no time before 4714 BC, and nothing of ours is older than this.
const LEAST_EPOCH_MS = -2_208_988_800_000;

/** Checks the argument of `history` and puts it in the order of `selectHealthTransitions`. @throws `INVALID_ARGUMENT` */
export function historyQueryToValues(
  query: HealthHistoryQuery,
  serviceName: string,
): (string | number | null)[] {
  assertArguments(query, 'The argument of history', "{ check: 'ready', limit: 10 }");
  const { check, since, limit = 100 } = query;
  assertLimit(limit);
  return [serviceName, toCheckName(check), toEpochMs(since), limit];
}

/** Checks the argument of `uptime` and puts it in the order of `selectHealthUptime`. @throws `INVALID_ARGUMENT` */
export function uptimeQueryToValues(
  query: HealthUptimeQuery,
  serviceName: string,
  nowMs: number,
): (string | number | null)[] {
  assertArguments(query, 'The argument of uptime', "{ check: 'ready', days: 7 }");
  const { check, days = 30 } = query;
  if (typeof days !== 'number' || !Number.isInteger(days) || days < 1 || days > MAX_DAYS) {
    throw new ObservabilityError(
      'INVALID_ARGUMENT',
      `days is ${describeValue(days)}; expected a whole number from 1 to ${MAX_DAYS}.`,
    );
  }
  return [serviceName, toCheckName(check), days, nowMs];
}

function toCheckName(check: unknown): string | null {
  if (check === undefined) {
    return null;
  }
  assertText(check, {
    name: 'check',
    code: 'INVALID_ARGUMENT',
    maxCharacters: 128,
    hint: "Give the name of a check, such as 'database', or 'ready'.",
  });
  return check;
}

function toEpochMs(since: unknown): number | null {
  if (since === undefined) {
    return null;
  }
  const time = since instanceof Date ? since.getTime() : Number.NaN;
  if (!(Math.abs(time) <= MAX_EPOCH_MS)) {
    const got = since instanceof Date ? 'an invalid Date' : describeValue(since);
    throw new ObservabilityError('INVALID_ARGUMENT', `since is ${got}; expected a Date.`);
  }
  return Math.max(time, LEAST_EPOCH_MS);
}
