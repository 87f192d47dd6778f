import { assertArguments } from '../arguments/assert-arguments.ts';
import { describeValue } from '../arguments/describe-value.ts';
import { ObservabilityError } from '../errors/observability-error.ts';
import {
  actorToValue,
  assertPhase,
  assertStatus,
  metadataToValue,
  toIdempotencyKey,
  toVersion,
} from './workflow-arguments.ts';
import { toWorkflowId } from './workflow-id.ts';
import type { TransitionInput } from './workflow-input.ts';
import type { ResolvedWorkflowOptions } from './workflow-options.ts';
import { rulesToJson } from './workflow-rules.ts';
import type { CallContext, SqlValue } from './workflow-values.ts';

/** A move, checked. */
export interface CheckedMove {
  readonly workflowId: string;
  readonly phase: string;
  /** Null for what the definition says, or for the one it has. */
  readonly status: string | null;
  /** JSON. */
  readonly metadata: string | null;
  readonly key: string | null;
  readonly expectedVersion: number | null;
  readonly actor: string | null;
}

// One statement and one transaction, so it is bounded: a thousand rows are locked for some tens of milliseconds.
const MAX_MOVES = 1_000;
const MAX_METADATA_CHARACTERS = 16_777_216;

/**
 * Checks a move.
 * @param input as it came; the status may be left out where `statusIsOptional`
 */
export function checkMove(
  input: Partial<Record<keyof TransitionInput, unknown>>,
  options: ResolvedWorkflowOptions,
  statusIsOptional: boolean,
): CheckedMove {
  const { phase, status } = input;
  const workflowId = toWorkflowId(input.workflowId);
  assertPhase(phase);
  if (status !== undefined || !statusIsOptional) {
    assertStatus(status);
  }
  return {
    workflowId,
    phase,
    status: status ?? null,
    metadata: metadataToValue(input.metadata, options),
    key: toIdempotencyKey(input.idempotencyKey),
    expectedVersion: toVersion('expectedVersion', input.expectedVersion, 1),
    actor: actorToValue(input.actor, options),
  };
}

/**
 * Checks the argument of `transitionAll`.
 * @throws `INVALID_ARGUMENT` also for more than 1,000 moves, and for two of one workflow
 */
export function checkMoves(inputs: unknown, options: ResolvedWorkflowOptions): CheckedMove[] {
  if (!Array.isArray(inputs) || inputs.length > MAX_MOVES) {
    const got = Array.isArray(inputs) ? `a list of ${inputs.length} moves` : describeValue(inputs);
    throw new ObservabilityError(
      'INVALID_ARGUMENT',
      `The argument of transitionAll is ${got}; expected a list of at most ${MAX_MOVES} such as [{ workflowId, phase: 'paid' }]. Make several calls of more.`,
    );
  }
  const seen = new Set<string>();
  let characters = 0;
  return Array.from(inputs, (input: unknown, index) => {
    assertArguments(input, `Move ${index} of transitionAll`, "{ workflowId, phase: 'paid' }");
    const move = checkMove(input, options, true);
    characters += move.metadata?.length ?? 0;
    if (seen.has(move.workflowId)) {
      throw new ObservabilityError(
        'INVALID_ARGUMENT',
        `Move ${index} of transitionAll is the second one of the workflow ${move.workflowId}; expected each workflow once. Make a call for each step.`,
      );
    }
    if (characters > MAX_METADATA_CHARACTERS) {
      throw new ObservabilityError(
        'INVALID_ARGUMENT',
        `The moves of transitionAll up to number ${index} have metadata of more than 16 MiB together; expected less. Make several calls.`,
      );
    }
    seen.add(move.workflowId);
    return move;
  });
}

/** The values of `moveWorkflow`. */
export function moveToValues(
  move: CheckedMove,
  { definitions }: ResolvedWorkflowOptions,
  context: CallContext,
  expectedType: string | null,
): readonly SqlValue[] {
  return [
    move.workflowId,
    move.phase,
    move.status,
    move.metadata,
    move.key,
    move.expectedVersion,
    move.actor,
    context.traceId,
    context.correlationId,
    rulesToJson(definitions, [move.phase]),
    expectedType,
  ];
}

/** The values of `moveWorkflows`. */
export function movesToValues(
  moves: readonly CheckedMove[],
  { definitions }: ResolvedWorkflowOptions,
  context: CallContext,
  expectedType: string | null,
): readonly SqlValue[] {
  // Metadata is JSON already; parsing it to write it again would only cost time.
  const items = moves.map(
    ({ metadata, ...move }) =>
      `{"metadata":${metadata ?? 'null'},${JSON.stringify({
        workflow_id: move.workflowId,
        phase: move.phase,
        status: move.status,
        key: move.key,
        expected_version: move.expectedVersion,
        actor: move.actor,
      }).slice(1)}`,
  );
  return [
    `[${items.join(',')}]`,
    context.traceId,
    context.correlationId,
    rulesToJson(
      definitions,
      moves.map(({ phase }) => phase),
    ),
    expectedType,
  ];
}
