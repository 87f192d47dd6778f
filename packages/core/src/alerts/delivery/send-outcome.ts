import type { AlertMessage } from './alert-message.ts';

/** What became of one attempt to deliver a message. */
export type SendOutcome =
  | { readonly isDelivered: true }
  | {
      readonly isDelivered: false;
      /** Why, in one line without credentials. */
      readonly error: string;
      /** Milliseconds the receiver has asked to wait. */
      readonly retryAfterMs?: number | undefined;
      /** True where the message itself was refused, so that a repeat will hardly help. */
      readonly isRefused?: boolean | undefined;
    };

/** Sends messages to one receiver. Rejects, or answers, when one is not delivered. */
export type AlertSender = (message: AlertMessage, context: SendContext) => Promise<SendOutcome>;

/** What an attempt has to go by. */
export interface SendContext {
  /** Aborts when the time of the attempt is up. */
  readonly signal: AbortSignal;
  /** Epoch milliseconds of the attempt. */
  readonly nowMs: number;
}

/** The outcome of what went well. */
export const DELIVERED: SendOutcome = Object.freeze({ isDelivered: true });
