import { cleanText } from '../sanitize/clean-text.ts';
import { redactText } from '../sanitize/redact.ts';
import type { HealthState } from './health-status.ts';

/** What a check has said, without its duration. */
export interface CheckOutcome {
  status: HealthState;
  message?: string;
}

const MAX_MESSAGE_LENGTH = 300;
// Masked before it is cut, or half a URL would no longer look like one.
const MAX_EXAMINED_LENGTH = 5_000;

/** Reads what a check answered; see `HealthCheckFunction` for what counts as a failure. May throw where a getter does. */
export function answerToOutcome(answer: unknown): CheckOutcome {
  if (answer === false) {
    return { status: 'down', message: 'the check answered false' };
  }
  if (typeof answer !== 'object' || answer === null) {
    return { status: 'up' };
  }
  const { healthy, ok, status, message } = answer as Record<string, unknown>;
  const isDown = healthy === false || ok === false || status === 'down';
  if (!isDown && status !== 'degraded') {
    return { status: 'up', ...(isText(message) ? { message: toShownText(message) } : {}) };
  }
  const said = isText(message) ? message : `the check answered ${isDown ? 'that it is down' : 'degraded'}`;
  return { status: isDown ? 'down' : 'degraded', message: toShownText(said) };
}

/** What to say about whatever was thrown: an Error, text, nothing at all. Never throws. */
export function failureToOutcome(failure: unknown): CheckOutcome {
  return { status: 'down', message: toShownText(readFailure(failure)) };
}

/** Text fit for a probe's answer: one line, credentials masked, at most 300 characters. */
export function toShownText(text: string): string {
  const examined = redactText(cleanText(text, MAX_EXAMINED_LENGTH)).replaceAll(/\s+/g, ' ');
  return cleanText(examined, MAX_MESSAGE_LENGTH);
}

function readFailure(failure: unknown): string {
  try {
    return readMessage(failure, 3) ?? 'failed without saying why';
  } catch {
    return 'failed with an error that cannot be read';
  }
}

function readMessage(failure: unknown, depth: number): string | undefined {
  if (isText(failure)) {
    return failure;
  }
  if (typeof failure !== 'object' || failure === null || depth === 0) {
    return undefined;
  }
  const { message, code, errors } = failure as Record<string, unknown>;
  if (isText(message)) {
    return message;
  }
  // A refused connection to a name with two addresses is an AggregateError without a message of its own.
  const first: unknown = Array.isArray(errors) ? errors[0] : undefined;
  return readMessage(first, depth - 1) ?? (isText(code) ? code : undefined);
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== '';
}
