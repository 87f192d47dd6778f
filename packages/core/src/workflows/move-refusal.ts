import { describeValue } from '../arguments/describe-value.ts';
import { ObservabilityError } from '../errors/observability-error.ts';
import { describeNames } from './describe-names.ts';
import type { CheckedMove } from './move-values.ts';
import type { WorkflowDefinition } from './workflow-definition.ts';
import type { MovedRow } from './workflow-row.ts';
import { phaseOf } from './workflow-rules.ts';
import type { Definitions } from './workflow-rules.ts';

/**
 * Why a move was refused, in words; undefined where it was not.
 * @param row as the statement answered it
 * @param expectedType the type of a typed call, else null
 */
export function refusalToError(
  row: MovedRow,
  move: CheckedMove,
  { definitions, expectedType }: { definitions: Definitions; expectedType: string | null },
): ObservabilityError | undefined {
  const { workflow_id: id, workflow_type: type } = row;
  switch (row.outcome) {
    case 'moved':
    case 'repeated':
      return undefined;
    case 'key_of_creation':
      return new ObservabilityError(
        'INVALID_ARGUMENT',
        `idempotencyKey was used to create the workflow ${id}, so it cannot mark a transition of it as well. Give each step a key of its own, for example the key followed by the phase.`,
      );
    case 'version_conflict':
      return new ObservabilityError(
        'WORKFLOW_VERSION_CONFLICT',
        `The workflow ${id} has the version ${row.version} now, not ${move.expectedVersion} as expected, and is in ${describeValue(row.current_phase)}. Read it again and decide anew.`,
      );
    case 'wrong_type':
      return new ObservabilityError(
        'WORKFLOW_TRANSITION_INVALID',
        `The workflow ${id} is of the type ${describeValue(type)}, not ${describeValue(expectedType)}. Move it with the definition of its type, or without one.`,
      );
    case 'phase_not_allowed':
    case 'status_not_allowed':
      return againstDefinition(row, move, definitions.get(type));
  }
}

function againstDefinition(
  row: MovedRow,
  move: CheckedMove,
  definition: WorkflowDefinition | undefined,
): ObservabilityError {
  const what = `The workflow ${row.workflow_id} of the type ${describeValue(row.workflow_type)}`;
  const why =
    definition === undefined
      ? 'cannot move like that'
      : row.outcome === 'phase_not_allowed'
        ? wrongPhase(row.current_phase, move.phase, definition)
        : wrongStatus(move, definition);
  return new ObservabilityError('WORKFLOW_TRANSITION_INVALID', `${what} ${why}.`);
}

function wrongPhase(from: string, to: string, definition: WorkflowDefinition): string {
  const current = phaseOf(definition, from);
  if (current === undefined) {
    return `is in ${describeValue(from)}, which its definition does not have, so nothing may follow. Add that phase to the definition, with the phases that lead on from it`;
  }
  const start = `is in ${describeValue(from)} and cannot move to ${describeValue(to)}`;
  if (current.isTerminal) {
    return `${start}: its definition ends it there. Create another workflow, or let that phase lead on`;
  }
  return `${start}; allowed from here: ${describeNames(current.to)}`;
}

function wrongStatus({ phase, status }: CheckedMove, definition: WorkflowDefinition): string {
  const target = phaseOf(definition, phase);
  if (target?.isTerminal === true) {
    return `ends with the status ${describeValue(target.status)} in ${describeValue(phase)}, and ${describeValue(status)} was given. Give that status, or move it to another phase`;
  }
  const ends = Object.keys(definition.phases).filter((name) => phaseOf(definition, name)?.isTerminal);
  return `goes on after ${describeValue(phase)}, so it cannot have a status that ends it there. Give another status than ${describeValue(status)}, or move it to a phase that ends it: ${describeNames(ends)}`;
}
