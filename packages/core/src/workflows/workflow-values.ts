import { randomUUID } from 'node:crypto';
import { assertArguments, assertCorrelationId, assertLimit } from '../arguments/assert-arguments.ts';
import { assertText } from '../arguments/assert-text.ts';
import { metadataToJson } from '../arguments/metadata.ts';
import { toRecordedText } from '../arguments/recorded-text.ts';
import type { ErrorCode } from '../errors/error-codes.ts';
import { toWorkflowId, workflowIdFromKey } from './workflow-id.ts';
import type { CreateWorkflowInput, TransitionOptions, WorkflowFilter } from './workflow-input.ts';
import type { ResolvedWorkflowOptions } from './workflow-options.ts';
import { isFinishedStatus } from './workflow-state.ts';

/** The request or job a call is made in. */
export interface CallContext {
  readonly traceId: string | null;
  /** That of the current request or job. */
  readonly correlationId: string | null;
}

/** A value of a statement. */
export type SqlValue = string | number | boolean | null;

/** Arguments of `createWorkflow`, checked. */
export interface CreateValues {
  readonly workflowId: string;
  readonly idempotencyKey: string | null;
  /** For `insertWorkflow`. */
  readonly values: readonly SqlValue[];
}

/**
 * Checks the arguments of `createWorkflow` and puts them in the order of `insertWorkflow`.
 * @param newCorrelationId - makes one where neither the caller nor the context has any
 */
export function createWorkflowToValues(
  input: CreateWorkflowInput,
  options: ResolvedWorkflowOptions,
  context: CallContext,
  newCorrelationId: () => string,
): CreateValues {
  assertArguments(input, 'The argument of createWorkflow', "{ workflowType: 'order' }");
  const { workflowType, phase = 'created', status = 'running', metadata } = input;
  assertWorkflowType(workflowType);
  assertPhase(phase);
  assertStatus(status);
  const idempotencyKey = toIdempotencyKey(input.idempotencyKey);
  const workflowId = resolveWorkflowId(input.workflowId, workflowType, idempotencyKey);
  if (input.correlationId !== undefined) {
    assertCorrelationId(input.correlationId);
  }
  const parentId = input.parentWorkflowId;
  const values = [
    workflowId,
    input.correlationId ?? context.correlationId ?? newCorrelationId(),
    workflowType,
    phase,
    status,
    metadataToValue(metadata, options),
    parentId === undefined ? null : toWorkflowId(parentId, 'parentWorkflowId'),
    context.traceId,
    isFinishedStatus(status),
    actorToValue(undefined, options),
    idempotencyKey,
  ];
  return { workflowId, idempotencyKey, values };
}

/** Checks the arguments of `transition` and puts them in the order of `moveWorkflow`. */
export function transitionToValues(
  call: {
    workflowId: unknown;
    phase: unknown;
    status: unknown;
    metadata: unknown;
    options: TransitionOptions;
  },
  options: ResolvedWorkflowOptions,
  context: CallContext,
): readonly SqlValue[] {
  const workflowId = toWorkflowId(call.workflowId);
  assertPhase(call.phase);
  assertStatus(call.status);
  assertArguments(call.options, 'The fifth argument of transition', "{ idempotencyKey: 'payment-42' }");
  return [
    workflowId,
    call.phase,
    call.status,
    metadataToValue(call.metadata, options),
    context.traceId,
    context.correlationId,
    isFinishedStatus(call.status),
    actorToValue(call.options.actor, options),
    toIdempotencyKey(call.options.idempotencyKey),
  ];
}

/** Checks the argument of `listWorkflows` and puts it in the order of `selectWorkflows`. */
export function workflowFilterToValues(filter: WorkflowFilter): readonly SqlValue[] {
  assertArguments(filter, 'The argument of listWorkflows', "{ status: 'running', limit: 10 }");
  const { status, workflowType, correlationId, limit = 100 } = filter;
  if (status !== undefined) {
    assertStatus(status);
  }
  if (workflowType !== undefined) {
    assertWorkflowType(workflowType);
  }
  if (correlationId !== undefined) {
    assertCorrelationId(correlationId);
  }
  assertLimit(limit);
  return [status ?? null, workflowType ?? null, correlationId ?? null, limit];
}

function resolveWorkflowId(given: unknown, workflowType: string, idempotencyKey: string | null): string {
  if (given !== undefined) {
    return toWorkflowId(given);
  }
  return idempotencyKey === null ? randomUUID() : workflowIdFromKey(workflowType, idempotencyKey);
}

function assertPhase(phase: unknown): asserts phase is string {
  assertName('phase', phase, 'WORKFLOW_PHASE_INVALID', "Give a name such as 'paid'.");
}

function assertStatus(status: unknown): asserts status is string {
  assertName('status', status, 'WORKFLOW_STATUS_INVALID', "Give a name such as 'running' or 'completed'.");
}

function assertWorkflowType(workflowType: unknown): asserts workflowType is string {
  assertName('workflowType', workflowType, 'INVALID_ARGUMENT', "Give a name such as 'order'.");
}

function assertName(name: string, value: unknown, code: ErrorCode, hint: string): asserts value is string {
  assertText(value, { name, code, maxCharacters: 128, hint });
}

function toIdempotencyKey(key: unknown): string | null {
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

function metadataToValue(metadata: unknown, { redact }: ResolvedWorkflowOptions): string | null {
  return metadata === undefined
    ? null
    : metadataToJson(metadata, { code: 'WORKFLOW_METADATA_INVALID', redact });
}

function actorToValue(given: unknown, { redact, currentActor }: ResolvedWorkflowOptions): string | null {
  if (given !== undefined) {
    assertText(given, { name: 'actor', code: 'INVALID_ARGUMENT', maxCharacters: 256 });
  }
  const actor = given ?? currentActor();
  return actor === null ? null : toRecordedText('actor', actor, redact);
}
