/// <reference lib="es2024.string" />

import { ObservabilityError } from '../errors/observability-error.ts';
import type { ErrorCode } from '../errors/error-codes.ts';
import { describeValue } from './describe-value.ts';

/** What {@link assertText} expects. */
export interface TextRule {
  /** Name of the argument, for the message. */
  name: string;
  /** Code of the error. */
  code: ErrorCode;
  /** Most characters (code points) it may have. */
  maxCharacters: number;
  /** What to do instead, a sentence. */
  hint?: string;
}

/**
 * Refuses what is not text of 1 to `maxCharacters` characters. Names and keys are compared later, so they are refused rather
 * than mended: NUL and lone surrogates, which PostgreSQL cannot hold, and text of nothing but white space.
 * @throws an `ObservabilityError` with `rule.code`
 */
export function assertText(value: unknown, rule: TextRule): asserts value is string {
  if (!isTextWithin(value, rule.maxCharacters)) {
    const hint = rule.hint === undefined ? '' : ` ${rule.hint}`;
    throw new ObservabilityError(
      rule.code,
      `${rule.name} is ${describeProblem(value, rule)}; expected text of 1 to ${rule.maxCharacters} characters.${hint}`,
    );
  }
}

/** Whether `value` is storable text of 1 to `maxCharacters` characters that is not all white space. */
export function isTextWithin(value: unknown, maxCharacters: number): value is string {
  return (
    typeof value === 'string' &&
    // A character is at most two units, so most of what is too long is refused without counting.
    value.length <= maxCharacters * 2 &&
    value.trim() !== '' &&
    !value.includes('\0') &&
    value.isWellFormed() &&
    countCharacters(value) <= maxCharacters
  );
}

function countCharacters(value: string): number {
  let count = 0;
  for (const _ of value) {
    count += 1;
  }
  return count;
}

function describeProblem(value: unknown, rule: TextRule): string {
  if (typeof value !== 'string') {
    return describeValue(value);
  }
  if (value.length > rule.maxCharacters * 2) {
    return `text of ${value.length} characters`;
  }
  if (value.includes('\0')) {
    return `${describeValue(value)} with a NUL character`;
  }
  if (!value.isWellFormed()) {
    return `${describeValue(value)} with half a surrogate pair`;
  }
  const characters = countCharacters(value);
  return characters > rule.maxCharacters ? `text of ${characters} characters` : describeValue(value);
}
