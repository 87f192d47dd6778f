import { randomUUID } from 'node:crypto';
import { ObservabilityError } from '../../errors/observability-error.ts';
import type { Log } from '../../logging/log-once.ts';
import { createStoreAccess } from '../../storage/store-access.ts';
import type { StoreAccess, StoreAccessOptions } from '../../storage/store-access.ts';
import type { SqlStore } from '../../storage/sql-store.ts';
import { selectHealthTransitions, selectHealthUptime } from './health-history.sql.ts';
import type { TransitionSink } from './health-journal.ts';
import { HealthRecorder } from './health-recorder.ts';
import type { HealthHistoryStats } from './health-recorder.ts';
import { historyQueryToValues, uptimeQueryToValues } from './history-query.ts';
import type { HealthHistoryQuery, HealthUptimeQuery } from './history-query.ts';
import { rowToHistoryEntry, rowToUptime } from './history-row.ts';
import type {
  HealthHistoryEntry,
  HealthTransitionRow,
  HealthUptime,
  HealthUptimeRow,
} from './history-row.ts';

/** What {@link HealthHistory} needs. */
export interface HealthHistoryParts {
  readonly store: SqlStore | undefined;
  readonly serviceName: string;
  /** False reads only. */
  readonly isRecording: boolean;
  readonly maxQueued: number;
  readonly access: StoreAccessOptions;
  readonly log: Log;
  /** Epoch milliseconds. */
  readonly now: () => number;
  readonly isOff: () => boolean;
}

// Behind by so much is the time a status was last seen, after the process was killed.
const SEEN_INTERVAL_MS = 60_000;

/** The transitions of a service in the database: written where that is wanted, and read. */
export class HealthHistory {
  readonly #parts: HealthHistoryParts;
  readonly #access: StoreAccess | undefined;
  readonly #recorder: HealthRecorder | undefined;

  constructor(parts: HealthHistoryParts) {
    this.#parts = parts;
    const { store, serviceName, maxQueued, log, isOff } = parts;
    const access = store && createStoreAccess(store, parts.access);
    this.#access = access;
    this.#recorder =
      access && parts.isRecording
        ? new HealthRecorder({
            query: (text, values) => access.query(text, values),
            isOff,
            serviceName,
            instanceId: randomUUID(),
            log,
            maxQueued,
            seenIntervalMs: SEEN_INTERVAL_MS,
          })
        : undefined;
  }

  /** Where transitions go; undefined where they are not stored. */
  get sink(): TransitionSink | undefined {
    return this.#recorder;
  }

  stats(): HealthHistoryStats | null {
    return this.#recorder?.stats() ?? null;
  }

  async flush(timeoutMs: number): Promise<void> {
    await this.#recorder?.flush(timeoutMs);
  }

  async shutdown(timeoutMs: number): Promise<void> {
    await this.#recorder?.shutdown(timeoutMs);
  }

  async list(query: HealthHistoryQuery): Promise<HealthHistoryEntry[]> {
    const values = historyQueryToValues(query, this.#parts.serviceName);
    const { rows } = await this.#reader().query<HealthTransitionRow>(selectHealthTransitions, values);
    return rows.map(rowToHistoryEntry);
  }

  async uptime(query: HealthUptimeQuery): Promise<HealthUptime[]> {
    const values = uptimeQueryToValues(query, this.#parts.serviceName, this.#parts.now());
    const { rows } = await this.#reader().query<HealthUptimeRow>(selectHealthUptime, values);
    return rows.map(rowToUptime);
  }

  #reader(): StoreAccess {
    if (this.#access === undefined) {
      throw new ObservabilityError(
        'STORE_REQUIRED',
        'The HealthChecker has no store, so there is no history. Give it one: new HealthChecker(postgresStore(url), { history: true }).',
      );
    }
    return this.#access;
  }
}
