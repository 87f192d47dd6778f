import { isTextWithin } from '../../arguments/assert-text.ts';
import { describeValue } from '../../arguments/describe-value.ts';
import { ObservabilityError } from '../../errors/observability-error.ts';
import { durationToMs, MAX_DURATION_MS, msToText } from './duration.ts';

/** The refusal of an option of a rule. @param path for example `alerts.rules[0].above` */
export function invalidRule(path: string, got: unknown, expected: string): ObservabilityError {
  return new ObservabilityError('INVALID_OPTION', `${path} is ${describeValue(got)}; expected ${expected}.`);
}

/** A value that is given may be undefined. */
export type Given = Readonly<Record<string, unknown>>;

/** Text of an option. @throws `INVALID_OPTION` */
export function toText(path: string, value: unknown, maxCharacters: number): string {
  if (!isTextWithin(value, maxCharacters)) {
    throw invalidRule(path, value, `text of 1 to ${maxCharacters} characters`);
  }
  return value;
}

/** {@link toText}, or null where nothing was given. @throws `INVALID_OPTION` */
export function toTextOrNull(path: string, value: unknown, maxCharacters: number): string | null {
  return value === undefined ? null : toText(path, value, maxCharacters);
}

/** A duration of an option in milliseconds. @throws `INVALID_OPTION` */
export function toMs(
  path: string,
  value: unknown,
  { fallback, least = 0, most = MAX_DURATION_MS }: { fallback?: number; least?: number; most?: number },
): number {
  if (value === undefined && fallback !== undefined) {
    return fallback;
  }
  const ms = durationToMs(value);
  if (ms === undefined || ms < least || ms > most) {
    const range = `from ${msToText(least)} to ${msToText(most)}`;
    throw invalidRule(path, value, `a duration such as '90s', '5m', '2h' or '1d', ${range}`);
  }
  return ms;
}

/** A number of an option. @throws `INVALID_OPTION` */
export function toNumber(
  path: string,
  value: unknown,
  {
    fallback,
    least = -Number.MAX_VALUE,
    most = Number.MAX_VALUE,
  }: { fallback?: number; least?: number; most?: number } = {},
): number {
  if (value === undefined && fallback !== undefined) {
    return fallback;
  }
  if (typeof value !== 'number' || !(value >= least && value <= most)) {
    const range =
      least === -Number.MAX_VALUE
        ? ''
        : most === Number.MAX_VALUE
          ? ` from ${least}`
          : ` from ${least} to ${most}`;
    throw invalidRule(path, value, `a finite number${range}`);
  }
  return value;
}

/** A whole number of an option. @throws `INVALID_OPTION` */
export function toWholeNumber(
  path: string,
  value: unknown,
  range: { fallback: number; least: number; most: number },
): number {
  const number = toNumber(path, value, range);
  if (!Number.isInteger(number)) {
    throw invalidRule(path, value, `a whole number from ${range.least} to ${range.most}`);
  }
  return number;
}

/** One of some words. @throws `INVALID_OPTION` */
export function toOneOf<Word extends string>(
  path: string,
  value: unknown,
  words: readonly Word[],
  fallback?: Word,
): Word {
  const word = value === undefined ? fallback : words.find((each) => each === value);
  if (word === undefined) {
    throw invalidRule(path, value, `one of ${words.map((each) => `'${each}'`).join(', ')}`);
  }
  return word;
}

/** Refuses what is no object, and keys nobody knows: a typing error must not be a rule that never fires. @throws `INVALID_OPTION` */
export function assertKeys(path: string, value: unknown, keys: readonly string[]): asserts value is Given {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw invalidRule(path, value, 'an object');
  }
  const unknown = Object.keys(value).find((key) => !keys.includes(key));
  if (unknown !== undefined) {
    throw invalidRule(`a key of ${path}`, unknown, `one of ${keys.join(', ')}`);
  }
}
