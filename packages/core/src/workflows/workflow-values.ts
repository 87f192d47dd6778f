import { randomUUID } from 'node:crypto';
import { assertArguments, assertCorrelationId } from '../arguments/assert-arguments.ts';
import { describeValue } from '../arguments/describe-value.ts';
import { ObservabilityError } from '../errors/observability-error.ts';
import {
  actorToValue,
  assertPhase,
  assertStatus,
  assertWorkflowType,
  metadataToValue,
  toIdempotencyKey,
} from './workflow-arguments.ts';
import type { WorkflowDefinition } from './workflow-definition.ts';
import { toWorkflowId, workflowIdFromKey } from './workflow-id.ts';
import type { CreateWorkflowInput } from './workflow-input.ts';
import type { ResolvedWorkflowOptions } from './workflow-options.ts';
import { initialLimits, phaseOf } from './workflow-rules.ts';
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
  const { workflowType, metadata, parentWorkflowId: parentId } = input;
  assertWorkflowType(workflowType);
  const definition = options.definitions.get(workflowType);
  const { phase, status } = toBeginning(input, definition);
  const idempotencyKey = toIdempotencyKey(input.idempotencyKey);
  const workflowId = resolveWorkflowId(input.workflowId, workflowType, idempotencyKey);
  if (input.correlationId !== undefined) {
    assertCorrelationId(input.correlationId);
  }
  const limits = definition && initialLimits(definition);
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
    limits?.deadlineMs ?? null,
    limits?.unusualAfterMs ?? null,
  ];
  return { workflowId, idempotencyKey, values };
}

function toBeginning(
  input: CreateWorkflowInput,
  definition: WorkflowDefinition | undefined,
): { phase: string; status: string } {
  const { phase = definition?.initialPhase ?? 'created', status = initialStatus(definition) } = input;
  assertPhase(phase);
  assertStatus(status);
  if (definition !== undefined) {
    assertBeginning(definition, phase, status);
  }
  return { phase, status };
}

function initialStatus(definition: WorkflowDefinition | undefined): string {
  return (definition && phaseOf(definition, definition.initialPhase)?.status) ?? 'running';
}

function assertBeginning(definition: WorkflowDefinition, phase: string, status: string): void {
  const { type, initialPhase } = definition;
  if (phase !== initialPhase) {
    throw new ObservabilityError(
      'WORKFLOW_TRANSITION_INVALID',
      `A workflow of the type ${describeValue(type)} cannot begin in ${describeValue(phase)}; its definition lets it begin in ${describeValue(initialPhase)}. Leave phase out, and move it from there.`,
    );
  }
  const isTerminal = phaseOf(definition, phase)?.isTerminal === true;
  const expected = initialStatus(definition);
  if (isTerminal ? status !== expected : isFinishedStatus(status)) {
    throw new ObservabilityError(
      'WORKFLOW_TRANSITION_INVALID',
      `A workflow of the type ${describeValue(type)} cannot begin in ${describeValue(phase)} with the status ${describeValue(status)}. Leave status out to take ${describeValue(expected)}.`,
    );
  }
}

function resolveWorkflowId(given: unknown, workflowType: string, idempotencyKey: string | null): string {
  if (given !== undefined) {
    return toWorkflowId(given);
  }
  return idempotencyKey === null ? randomUUID() : workflowIdFromKey(workflowType, idempotencyKey);
}
