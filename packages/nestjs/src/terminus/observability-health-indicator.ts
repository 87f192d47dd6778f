import { Inject, Injectable } from '@nestjs/common';
import { HealthIndicatorService } from '@nestjs/terminus';
import type { HealthCheckAttempt, HealthIndicatorResult } from '@nestjs/terminus';
import { untraced } from '@pg-observability/core';
import type { HealthStatus, Observability } from '@pg-observability/core';
import { OBSERVABILITY } from '../module/observability-token.ts';
import { createAttempt } from './create-attempt.ts';

const DEFAULT_PING_TIMEOUT_MS = 1_000;

/**
 * Indicators for Terminus 12, and for 11 within its means: no cache, no `degraded`. Provide it in the module of the health
 * controller, which imports `TerminusModule`.
 *
 * Each attempt takes `.withTimeout(ms)` and `.cacheFor(ms)`. Give every attempt a key of its own: Terminus caches, and shows,
 * one result a key.
 *
 * Liveness must not go through Terminus, which answers 503 to everything while the application shuts down; `/livez` stays.
 *
 * @example
 * ```ts
 * @Get()
 * @HealthCheck()
 * check() {
 *   return this.health.check([() => this.observability.readiness('order-service')]);
 * }
 * ```
 */
@Injectable()
export class ObservabilityHealthIndicator {
  readonly #indicators: HealthIndicatorService;
  readonly #observability: Observability;

  constructor(
    @Inject(HealthIndicatorService) indicators: HealthIndicatorService,
    @Inject(OBSERVABILITY) observability: Observability,
  ) {
    this.#indicators = indicators;
    this.#observability = observability;
  }

  /**
   * Whether the database that telemetry is kept in answers, within 1,000 ms unless `.withTimeout(ms)` says otherwise.
   *
   * @param key name in the result, for example `observability_store`
   */
  pingCheck<const Key extends string>(key: Key): HealthCheckAttempt<Key> {
    const { store } = this.#observability;
    const ping = async (): Promise<undefined> => {
      await untraced(() => store.query('select 1'));
    };
    return createAttempt(this.#indicators, key, ping, DEFAULT_PING_TIMEOUT_MS);
  }

  /**
   * Whether the service can take requests: the database and every check that the module was given. Down while draining.
   *
   * @param key name in the result
   * @returns an attempt with `checks` (status and time of each); when down, a `message` that names what failed
   */
  readiness<const Key extends string>(key: Key): HealthCheckAttempt<Key> {
    return this.#attempt(key, () => this.#observability.health.readiness());
  }

  /**
   * What the checks of a group say, which the module was given as `health: { groups }`.
   *
   * @param key name in the result
   * @param name of the group, for example `deep`
   * @returns an attempt as `readiness` has it; down as well for a name there is none of, and says which there are
   */
  group<const Key extends string>(key: Key, name: string): HealthCheckAttempt<Key> {
    return this.#attempt(key, () => this.#observability.health.group(name));
  }

  /**
   * Whether the service has started: false until its startup check has passed once.
   *
   * @param key name in the result
   */
  startup<const Key extends string>(key: Key): HealthCheckAttempt<Key> {
    return this.#attempt(key, () => this.#observability.health.startup());
  }

  /**
   * Readiness with its third state: `up`, `degraded` (answered with 200) or `down`, each with `message` and `checks`. An
   * attempt of Terminus knows only up and down.
   *
   * @param key name in the result
   * @param group of which it is told in place of the readiness
   * @throws `INVALID_ARGUMENT` for a group there is none of
   */
  async isHealthy<const Key extends string>(
    key: Key,
    group: string = 'ready',
  ): Promise<HealthIndicatorResult<Key>> {
    const status = await this.#observability.health.group(group);
    const session = this.#indicators.check(key);
    switch (status.status) {
      case 'up':
        return session.up(toData(status));
      case 'degraded':
        // Terminus 11 knows up and down only; degraded answers 200, so it is shown as up, with its message.
        return Reflect.has(session, 'degraded')
          ? session.degraded(toData(status))
          : session.up(toData(status));
      case 'down':
        return session.down(toData(status));
    }
  }

  #attempt<const Key extends string>(key: Key, look: () => Promise<HealthStatus>): HealthCheckAttempt<Key> {
    return createAttempt(this.#indicators, key, async () => {
      const status = await look();
      if (!status.healthy) {
        throw new Error(describe(status));
      }
      return toData(status);
    });
  }
}

function toData({ message, details }: HealthStatus): { message: string; checks?: HealthStatus['details'] } {
  return details === undefined ? { message } : { message, checks: details };
}

// Terminus keeps of a failed attempt only the message.
function describe({ message, details = {} }: HealthStatus): string {
  const reasons = Object.entries(details).flatMap(([name, detail]) =>
    detail.status === 'down' ? [`${name}: ${detail.message ?? 'down'}`] : [],
  );
  return reasons.length === 0 ? message : reasons.join('; ');
}
