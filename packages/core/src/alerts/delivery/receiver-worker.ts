/// <reference lib="es2024.string" />

import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { isError } from '../../errors/is-error.ts';
import { redactText } from '../../sanitize/redact.ts';
import type { SqlResult, SqlRow } from '../../storage/sql-store.ts';
import { untraced } from '../../tracing/untraced.ts';
import { composeMessage } from './compose-message.ts';
import type { ClaimedChange } from './compose-message.ts';
import { deliveryDelayMs, MAX_REFUSED_ATTEMPTS } from './delivery-backoff.ts';
import type { ResolvedReceiver } from './delivery-options.ts';
import { createReceiverStats } from './delivery-stats.ts';
import type { ReceiverStats } from './delivery-stats.ts';
import { oneLine } from './message-text.ts';
import { claimMessage, settleDelivered, settleFailed } from './notifications.sql.ts';
import type { AlertLink } from './receiver-options.ts';
import type { AlertSender, SendOutcome } from './send-outcome.ts';
import { jsonToChange } from './stored-change.ts';

/** Runs one statement, within a time. */
export type RunSql = <Row extends SqlRow>(
  text: string,
  values: readonly unknown[],
) => Promise<SqlResult<Row>>;

/** What a worker needs. */
export interface ReceiverWorkerOptions {
  readonly receiver: ResolvedReceiver;
  readonly send: AlertSender;
  readonly query: RunSql;
  readonly linkTo: AlertLink;
  readonly giveUpAfterMs: number;
  /** Milliseconds beyond the time of an attempt after which another process takes its message over. */
  readonly takeOverAfterMs: number;
  /** Told of each attempt that failed, and of the first that goes well after it. */
  onOutcome(outcome: SendOutcome, receiver: string): void;
}

interface ClaimedRow extends SqlRow {
  notification_id: string;
  idempotency_key: string;
  message_id: string;
  attempts: number;
  repeats: number;
  change: unknown;
}

/** Changes of one message at most; a flood is told in several. */
const MAX_CHANGES = 500;
const MAX_ERROR_CHARACTERS = 500;

/**
 * Tells one receiver what is due, one message at a time: claims it in the database, sends it, and says there what became of it. It
 * knows of no other receiver, so one that hangs holds nobody up.
 */
export class ReceiverWorker {
  readonly stats: ReceiverStats = createReceiverStats();
  readonly #options: ReceiverWorkerOptions;
  readonly #abort = new AbortController();
  #running: Promise<void> | undefined;
  #isStopping = false;

  constructor(options: ReceiverWorkerOptions) {
    this.#options = options;
  }

  get name(): string {
    return this.#options.receiver.name;
  }

  /**
   * Tells what is due, until nothing is. Joins a run in progress. Rejects with the error of the database.
   * @param isLast true to wait for no others of a group
   */
  run(isLast = false): Promise<void> {
    this.#running ??= this.#runAll(isLast).finally(() => {
      this.#running = undefined;
    });
    return this.#running;
  }

  /** Whether a message is being sent. */
  get isRunning(): boolean {
    return this.#running !== undefined;
  }

  /** Tells what is due, and with `isLast` also what waits for others; without it ends what is under way. Never rejects. */
  async finish(isLast: boolean): Promise<void> {
    this.#isStopping = !isLast;
    await this.#running?.catch(() => undefined);
    if (isLast) {
      await this.run(true).catch(() => undefined);
    }
  }

  /**
   * Tells of a change that cannot be stored, and tries again until it is delivered, `signal` aborts or this worker does. Answers
   * whether it is delivered; never rejects.
   */
  async tellDirectly(
    messageId: string,
    changes: readonly ClaimedChange[],
    signal: AbortSignal,
  ): Promise<boolean> {
    for (let attempt = 1; !signal.aborted && !this.#abort.signal.aborted; attempt += 1) {
      const outcome = await this.#attempt(messageId, changes);
      this.#options.onOutcome(outcome, this.name);
      this.#count(outcome, changes.length);
      if (outcome.isDelivered) {
        return true;
      }
      await pause(
        deliveryDelayMs(attempt, outcome.retryAfterMs),
        AbortSignal.any([signal, this.#abort.signal]),
      );
    }
    return false;
  }

  /** Gives up what is being sent, which is tried again later, here or elsewhere. */
  abort(): void {
    this.#abort.abort();
  }

  async #runAll(isLast: boolean): Promise<void> {
    while (!this.#abort.signal.aborted && !this.#isStopping) {
      const rows = await this.#claim(isLast);
      if (rows.length === 0) {
        return;
      }
      await this.#deliver(rows);
    }
  }

  async #claim(isLast: boolean): Promise<ClaimedRow[]> {
    const { receiver, takeOverAfterMs } = this.#options;
    const { rows } = await this.#options.query<ClaimedRow>(claimMessage, [
      receiver.name,
      receiver.timeoutMs + takeOverAfterMs,
      randomUUID(),
      MAX_CHANGES,
      isLast,
    ]);
    return rows.sort((a, b) => Number(a.notification_id) - Number(b.notification_id));
  }

  async #deliver(rows: readonly ClaimedRow[]): Promise<void> {
    const [first] = rows;
    if (first === undefined) {
      return;
    }
    const outcome = await this.#attempt(first.message_id, rows.map(toClaimedChange));
    this.#options.onOutcome(outcome, this.name);
    try {
      await this.#settle(first, outcome);
    } finally {
      this.#count(outcome, rows.length);
    }
  }

  async #settle({ message_id: messageId, attempts }: ClaimedRow, outcome: SendOutcome): Promise<void> {
    const attempt = [this.name, messageId, attempts];
    if (outcome.isDelivered) {
      await this.#options.query(settleDelivered, attempt);
      return;
    }
    await this.#options.query(settleFailed, [
      ...attempt,
      deliveryDelayMs(attempts, outcome.retryAfterMs),
      this.#options.giveUpAfterMs,
      outcome.isRefused === true && attempts >= MAX_REFUSED_ATTEMPTS,
      toStoredError(outcome.error),
    ]);
  }

  #count(outcome: SendOutcome, changeCount: number): void {
    if (outcome.isDelivered) {
      this.stats.delivered += changeCount;
      this.stats.lastError = null;
    } else {
      this.stats.failed += 1;
      this.stats.lastError = toStoredError(outcome.error);
    }
  }

  /** One attempt within its time, whatever the receiver does. Never rejects. */
  async #attempt(messageId: string, changes: readonly ClaimedChange[]): Promise<SendOutcome> {
    const { receiver, send, linkTo } = this.#options;
    const limit = new AbortController();
    const breakOff = (): void => limit.abort('This process was shut down');
    this.#abort.signal.addEventListener('abort', breakOff, { once: true });
    const timer = setTimeout(
      () => limit.abort(`It took longer than ${receiver.timeoutMs} ms`),
      receiver.timeoutMs,
    ).unref();
    try {
      const message = composeMessage(messageId, receiver.name, changes, linkTo);
      return await Promise.race([
        untraced(() => send(message, { signal: limit.signal, nowMs: Date.now() })),
        untilAborted(limit.signal),
      ]);
    } catch (error) {
      return { isDelivered: false, error: isError(error) ? error.message : String(error) };
    } finally {
      clearTimeout(timer);
      this.#abort.signal.removeEventListener('abort', breakOff);
    }
  }
}

function untilAborted(signal: AbortSignal): Promise<SendOutcome> {
  return new Promise((resolve) => {
    signal.addEventListener('abort', () => resolve({ isDelivered: false, error: String(signal.reason) }), {
      once: true,
    });
  });
}

/** Ends early when the signal aborts. */
async function pause(ms: number, signal: AbortSignal): Promise<void> {
  await delay(ms, undefined, { signal, ref: false }).catch(() => undefined);
}

function toClaimedChange({ idempotency_key: idempotencyKey, repeats, change }: ClaimedRow): ClaimedChange {
  return { idempotencyKey, repeats, change: jsonToChange(change) };
}

/** As PostgreSQL can hold it, and without what somebody's message has quoted. */
function toStoredError(error: string): string {
  return oneLine(redactText(error)).toWellFormed().slice(0, MAX_ERROR_CHARACTERS);
}
