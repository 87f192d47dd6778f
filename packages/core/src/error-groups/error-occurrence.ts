import { cleanText } from '../sanitize/clean-text.ts';
import type { Redact } from '../sanitize/redact.ts';
import { findCulprit } from './culprit-frame.ts';
import { createErrorFingerprint } from './error-fingerprint.ts';
import { normaliseMessage } from './normalise-message.ts';
import type { RecordedException } from './recorded-exception.ts';

/** One time that an error was seen. */
export interface ErrorOccurrence {
  readonly fingerprint: string;
  readonly serviceName: string;
  readonly exceptionType: string;
  readonly message: string;
  readonly culprit: string | undefined;
  readonly traceId: string;
  readonly atMs: number;
}

/** What an occurrence depends on besides the exception. */
export interface OccurrenceContext {
  /** Where the span does not say. */
  readonly serviceName: string;
  /** Folder paths are relative to. */
  readonly folder: string;
  readonly redact: Redact;
}

const MAX_TYPE_CHARACTERS = 200;
const MAX_MESSAGE_CHARACTERS = 2_000;
const MAX_SERVICE_CHARACTERS = 255;
const DAY_MS = 86_400_000;

/** What an exception says, masked, with the group it belongs to. Pure but for `redact`. */
export function exceptionToOccurrence(
  { attributes, traceId, serviceName, atMs }: RecordedException,
  context: OccurrenceContext,
): ErrorOccurrence {
  const read = (key: string, maxCharacters: number): string => {
    // Cut first, because masking ten megabytes takes a while; credentials at the cut go with the tail.
    const value: unknown = context.redact(key, toText(attributes[key]).slice(0, maxCharacters * 2));
    return cleanText(toText(value), maxCharacters);
  };
  const exceptionType = read('exception.type', MAX_TYPE_CHARACTERS) || 'Error';
  const message = read('exception.message', MAX_MESSAGE_CHARACTERS);
  const culprit = findCulprit(read('exception.stacktrace', 16_384), context.folder);
  const service =
    typeof serviceName === 'string' && serviceName !== ''
      ? cleanText(serviceName, MAX_SERVICE_CHARACTERS)
      : context.serviceName;
  return {
    fingerprint: createErrorFingerprint(service, exceptionType, normaliseMessage(message), culprit),
    serviceName: service,
    exceptionType,
    message,
    culprit,
    traceId,
    // A time that somebody has made up must not keep the others from being stored.
    atMs: Math.abs(atMs - Date.now()) <= DAY_MS ? atMs : Date.now(),
  };
}

function toText(value: unknown): string {
  return typeof value === 'string' ? value : typeof value === 'number' ? String(value) : '';
}
