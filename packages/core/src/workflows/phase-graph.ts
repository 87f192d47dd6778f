import { describeValue } from '../arguments/describe-value.ts';
import { ObservabilityError } from '../errors/observability-error.ts';
import { describeNames } from './describe-names.ts';
import type { WorkflowPhase } from './workflow-definition.ts';

type Phases = ReadonlyMap<string, WorkflowPhase>;

/**
 * Refuses phases that cannot be right: one that leads to a phase there is not, one that is never reached, and one from which
 * there is no way to an end.
 * @throws `WORKFLOW_DEFINITION_INVALID`
 */
export function checkPhaseGraph(phases: Phases, initialPhase: string): void {
  for (const [name, { to }] of phases) {
    const unknown = to.find((target) => !phases.has(target));
    if (unknown !== undefined) {
      throw invalid(
        `phases[${describeValue(name)}].to names ${describeValue(unknown)}, which is no phase; expected some of ${describeNames(phases.keys())}. Add it to phases, or mend the name.`,
      );
    }
  }
  const terminal = [...phases].filter(([, { isTerminal }]) => isTerminal).map(([name]) => name);
  if (terminal.length === 0) {
    throw invalid(
      `No phase ends the workflow; expected at least one such as done: { status: 'completed' }, and a way to it.`,
    );
  }
  const reached = reach([initialPhase], (name) => phases.get(name)?.to ?? []);
  const unreached = [...phases.keys()].find((name) => !reached.has(name));
  if (unreached !== undefined) {
    throw invalid(
      `The phase ${describeValue(unreached)} is never reached from the initial phase ${describeValue(initialPhase)}. Name it in the "to" of a phase that is, or take it out.`,
    );
  }
  const before = sourcesOf(phases);
  const ending = reach(terminal, (name) => before.get(name) ?? []);
  const endless = [...phases.keys()].find((name) => !ending.has(name));
  if (endless !== undefined) {
    throw invalid(
      `From the phase ${describeValue(endless)} no end can be reached. Let it, or a phase after it, lead to one of ${describeNames(terminal)}.`,
    );
  }
}

function sourcesOf(phases: Phases): Map<string, string[]> {
  const sources = new Map<string, string[]>([...phases.keys()].map((name) => [name, []]));
  for (const [name, { to }] of phases) {
    to.forEach((target) => sources.get(target)?.push(name));
  }
  return sources;
}

function reach(start: readonly string[], next: (name: string) => readonly string[]): Set<string> {
  const reached = new Set(start);
  // A set is walked in the order in which it grows, also while it does.
  for (const name of reached) {
    next(name).forEach((each) => reached.add(each));
  }
  return reached;
}

function invalid(message: string): ObservabilityError {
  return new ObservabilityError('WORKFLOW_DEFINITION_INVALID', message);
}
