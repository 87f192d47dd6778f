import { assertText } from '../arguments/assert-text.ts';
import { describeValue } from '../arguments/describe-value.ts';
import { metadataToJson } from '../arguments/metadata.ts';
import { toRecordedText } from '../arguments/recorded-text.ts';
import type { ErrorCode } from '../errors/error-codes.ts';
import { ObservabilityError } from '../errors/observability-error.ts';
import type { ResolvedWorkflowOptions } from './workflow-options.ts';

const MAX_VERSION = 2_147_483_647;

/** @throws `WORKFLOW_PHASE_INVALID` */
export function assertPhase(phase: unknown): asserts phase is string {
  assertName('phase', phase, 'WORKFLOW_PHASE_INVALID', "Give a name such as 'paid'.");
}

/** @throws `WORKFLOW_STATUS_INVALID` */
export function assertStatus(status: unknown): asserts status is string {
  assertName('status', status, 'WORKFLOW_STATUS_INVALID', "Give a name such as 'running' or 'completed'.");
}

/** @throws `INVALID_ARGUMENT` */
export function assertWorkflowType(workflowType: unknown): asserts workflowType is string {
  assertName('workflowType', workflowType, 'INVALID_ARGUMENT', "Give a name such as 'order'.");
}

/** @throws `INVALID_ARGUMENT` when it is given and not text of 1 to 256 characters */
export function toIdempotencyKey(key: unknown): string | null {
  if (key === undefined) {
    return null;
  }
  assertText(key, {
    name: 'idempotencyKey',
    code: 'INVALID_ARGUMENT',
    maxCharacters: 256,
    hint: 'Give what stays the same when the call is repeated, for example the ID of the message; or leave it out.',
  });
  return key;
}

/**
 * A version, or null where none was given.
 * @param name of the argument
 * @param least 1, or 0 where "before the first" makes sense
 * @throws `INVALID_ARGUMENT`
 */
export function toVersion(name: string, version: unknown, least: 0 | 1): number | null {
  if (version === undefined) {
    return null;
  }
  if (typeof version !== 'number' || !Number.isInteger(version) || version < least || version > MAX_VERSION) {
    throw new ObservabilityError(
      'INVALID_ARGUMENT',
      `${name} is ${describeValue(version)}; expected a whole number from ${least}, the version of a state that was read.`,
    );
  }
  return version;
}

/** Metadata as JSON, masked; null where none was given. @throws `WORKFLOW_METADATA_INVALID` */
export function metadataToValue(metadata: unknown, { redact }: ResolvedWorkflowOptions): string | null {
  return metadata === undefined
    ? null
    : metadataToJson(metadata, { code: 'WORKFLOW_METADATA_INVALID', redact });
}

/** Who acts: the one that was given, else the tracker's. @throws `INVALID_ARGUMENT`, `INVALID_OPTION` */
export function actorToValue(
  given: unknown,
  { redact, currentActor }: ResolvedWorkflowOptions,
): string | null {
  if (given !== undefined) {
    assertText(given, { name: 'actor', code: 'INVALID_ARGUMENT', maxCharacters: 256 });
  }
  const actor = given ?? currentActor();
  return actor === null ? null : toRecordedText('actor', actor, redact);
}

function assertName(name: string, value: unknown, code: ErrorCode, hint: string): asserts value is string {
  assertText(value, { name, code, maxCharacters: 128, hint });
}
