import type { HealthCheckAttempt, HealthIndicatorResult, HealthIndicatorService } from '@nestjs/terminus';
import { isError } from '@pg-observability/core';

/** What an indicator shows beside its status. */
export type IndicatorData = Record<string, unknown>;

type Session<Key extends string> = ReturnType<HealthIndicatorService['check']> & {
  down(message: string): HealthIndicatorResult<Key>;
};

/**
 * An attempt of Terminus: up with the data that `look` answers, down with the message of what it throws.
 *
 * Terminus 11 has no attempts. There the answer is an object that its `HealthCheckService` awaits just the same and that knows
 * `withTimeout`; `cacheFor` does nothing, because Terminus 11 caches nothing.
 *
 * @param timeoutMs default none
 */
export function createAttempt<const Key extends string>(
  indicators: HealthIndicatorService,
  key: Key,
  look: () => Promise<IndicatorData | undefined>,
  timeoutMs?: number,
): HealthCheckAttempt<Key> {
  const session = indicators.check(key);
  if (Reflect.has(session, 'attempt')) {
    const attempt = session.attempt(look);
    return timeoutMs === undefined ? attempt : attempt.withTimeout(timeoutMs);
  }
  return createTerminus11Attempt(session as Session<Key>, look, timeoutMs);
}

function createTerminus11Attempt<Key extends string>(
  session: Session<Key>,
  look: () => Promise<IndicatorData | undefined>,
  timeoutMs: number | undefined,
): HealthCheckAttempt<Key> {
  let limitMs = timeoutMs;
  const run = async (): Promise<HealthIndicatorResult<Key>> => {
    try {
      return session.up(await within(look(), limitMs)) as HealthIndicatorResult<Key>;
    } catch (error) {
      return session.down(isError(error) ? error.message : String(error));
    }
  };
  const attempt = {
    withTimeout: (ms: number) => {
      limitMs = ms;
      return attempt;
    },
    cacheFor: () => attempt,
    // oxlint-disable-next-line unicorn/no-thenable -- an attempt of Terminus is awaited, and runs only then
    then: (...reactions: Parameters<Promise<HealthIndicatorResult<Key>>['then']>) => run().then(...reactions),
  };
  // The class of Terminus 12 has private members, so no other object can have its type.
  return attempt as unknown as HealthCheckAttempt<Key>;
}

/** The outcome of a promise, or a rejection once the time is over. */
async function within<Value>(work: Promise<Value>, limitMs: number | undefined): Promise<Value> {
  if (limitMs === undefined) {
    return work;
  }
  let timer: NodeJS.Timeout | undefined;
  const limit = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error(`timeout of ${limitMs}ms exceeded`)), limitMs);
  });
  return Promise.race([work, limit]).finally(() => clearTimeout(timer));
}
