import { assertArguments, assertLimit } from '../arguments/assert-arguments.ts';
import { assertText } from '../arguments/assert-text.ts';
import { describeValue } from '../arguments/describe-value.ts';
import { metadataToJson } from '../arguments/metadata.ts';
import { toRecordedText } from '../arguments/recorded-text.ts';
import { ObservabilityError } from '../errors/observability-error.ts';
import type { Redact } from '../sanitize/redact.ts';
import { activeTrace } from '../context/correlation-id.ts';
import { toAlertLabels } from './alert-labels.ts';
import { isCooldown, MAX_COOLDOWN_MS } from './alert-options.ts';
import { createAlertFingerprint } from './alert-fingerprint.ts';
import type { AlertFilter, RaiseAlertInput } from './alert-input.ts';
import type { ResolvedAlertOptions } from './alert-options.ts';
import { ALERT_SEVERITIES, ALERT_STATES } from './alert.ts';

/** A value of a statement. */
type SqlValue = string | number | null;

const MAX_ALERT_ID = 2_147_483_647;
const MAX_MESSAGE_CHARACTERS = 65_536;
const MAX_NOTE_CHARACTERS = 4_096;

/** Checks the argument of `raise` and puts it in the order of `upsertAlert`. */
export function raiseAlertToValues(
  input: RaiseAlertInput,
  { redact, serviceName, ...options }: ResolvedAlertOptions,
  context: { correlationId: string | null; traceId: string | null },
): readonly SqlValue[] {
  assertArguments(
    input,
    'The argument of raise',
    "{ alertType: 'payment_failed', severity: 'error', title: 'Payments fail' }",
  );
  const { alertType, severity, message, metadata, cooldownMs = options.cooldownMs } = input;
  assertAlertType(alertType);
  assertOneOf('severity', severity, ALERT_SEVERITIES);
  const title = toProse('title', input.title, 512, redact);
  if (input.fingerprint !== undefined) {
    assertFingerprint(input.fingerprint);
  }
  if (!isCooldown(cooldownMs)) {
    throw new ObservabilityError(
      'INVALID_ARGUMENT',
      `cooldownMs is ${describeValue(cooldownMs)}; expected milliseconds from 0 to ${MAX_COOLDOWN_MS}.`,
    );
  }
  return [
    alertType,
    severity,
    title,
    message === undefined ? null : toMessage(message, redact),
    metadata === undefined ? null : metadataToJson(metadata, { code: 'INVALID_ARGUMENT', redact }),
    input.fingerprint ?? createAlertFingerprint(alertType, title, serviceName),
    serviceName,
    context.correlationId,
    context.traceId,
    cooldownMs,
    JSON.stringify(toAlertLabels(input.labels, redact)),
  ];
}

/** Checks the arguments of `acknowledge` and puts them in the order of `acknowledgeAlert`. */
export function acknowledgeToValues(
  id: unknown,
  by: unknown,
  note: unknown,
  redact: Redact,
): readonly SqlValue[] {
  return [toAlertId(id), toProse('by', by, 256, redact), toNote(note, redact), traceIdOfNow()];
}

/** Checks the arguments of `resolve` and puts them in the order of `resolveAlert`. */
export function resolveToValues(
  id: unknown,
  by: unknown,
  note: unknown,
  options: ResolvedAlertOptions,
): readonly SqlValue[] {
  return [toAlertId(id), toResolver(by, options), toNote(note, options.redact), traceIdOfNow()];
}

/** Checks the arguments of `resolveByFingerprint` and puts them in the order of `resolveOpenAlert`. */
export function resolveByFingerprintToValues(
  fingerprint: unknown,
  by: unknown,
  note: unknown,
  options: ResolvedAlertOptions,
): readonly SqlValue[] {
  assertFingerprint(fingerprint);
  return [fingerprint, toResolver(by, options), toNote(note, options.redact), traceIdOfNow()];
}

/** Checks the argument of `list` and puts it in the order of `selectAlerts`. */
export function alertFilterToValues(filter: AlertFilter): readonly SqlValue[] {
  assertArguments(filter, 'The argument of list', "{ state: 'firing', limit: 10 }");
  const { severity, state, alertType, limit = 100 } = filter;
  if (severity !== undefined) {
    assertOneOf('severity', severity, ALERT_SEVERITIES);
  }
  if (state !== undefined) {
    assertOneOf('state', state, ALERT_STATES);
  }
  if (alertType !== undefined) {
    assertAlertType(alertType);
  }
  assertLimit(limit);
  return [severity ?? null, state ?? null, alertType ?? null, limit];
}

/** @throws `INVALID_ARGUMENT` when `id` is not a whole number from 1 to 2,147,483,647, the range of the column */
export function toAlertId(id: unknown): number {
  if (typeof id !== 'number' || !Number.isInteger(id) || id < 1 || id > MAX_ALERT_ID) {
    throw new ObservabilityError(
      'INVALID_ARGUMENT',
      `id is ${describeValue(id)}; expected the id of an alert, a whole number from 1 to 2,147,483,647.`,
    );
  }
  return id;
}

function traceIdOfNow(): string | null {
  return activeTrace()?.traceId ?? null;
}

function assertAlertType(alertType: unknown): asserts alertType is string {
  assertText(alertType, {
    name: 'alertType',
    code: 'INVALID_ARGUMENT',
    maxCharacters: 128,
    hint: "Give a name such as 'payment_failed'.",
  });
}

/** @throws `INVALID_ARGUMENT` */
export function assertHeartbeatName(name: unknown): asserts name is string {
  assertText(name, {
    name: 'name',
    code: 'INVALID_ARGUMENT',
    maxCharacters: 128,
    hint: "Give a name such as 'nightly-backup'.",
  });
}

function assertFingerprint(fingerprint: unknown): asserts fingerprint is string {
  assertText(fingerprint, { name: 'fingerprint', code: 'INVALID_ARGUMENT', maxCharacters: 256 });
}

function assertOneOf(name: string, value: unknown, allowed: readonly string[]): void {
  if (typeof value !== 'string' || !allowed.includes(value)) {
    throw new ObservabilityError(
      'INVALID_ARGUMENT',
      `${name} is ${describeValue(value)}; expected one of ${allowed.map((item) => `'${item}'`).join(', ')}.`,
    );
  }
}

/** Text for people, as it is stored. @throws `INVALID_ARGUMENT` */
// For people and never compared, so NUL and lone surrogates are replaced and not refused: an alert must not be lost over them.
export function toProse(name: string, value: unknown, maxCharacters: number, redact: Redact): string {
  if (typeof value !== 'string' || value.length > maxCharacters || value.trim() === '') {
    throw new ObservabilityError(
      'INVALID_ARGUMENT',
      `${name} is ${describeValue(value)}; expected text of 1 to ${maxCharacters} characters.`,
    );
  }
  return toRecordedText(name, value, redact);
}

function toMessage(message: unknown, redact: Redact): string {
  return message === '' ? '' : toProse('message', message, MAX_MESSAGE_CHARACTERS, redact);
}

/** What somebody said, as it is stored. @throws `INVALID_ARGUMENT` */
export function toNote(note: unknown, redact: Redact): string | null {
  return note === undefined ? null : toProse('note', note, MAX_NOTE_CHARACTERS, redact);
}

/** Who it was, or the service. @throws `INVALID_ARGUMENT` */
export function toResolver(by: unknown, { redact, serviceName }: ResolvedAlertOptions): string | null {
  return by === undefined ? serviceName : toProse('by', by, 256, redact);
}
