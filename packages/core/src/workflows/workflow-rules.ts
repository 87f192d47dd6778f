import { describeValue } from '../arguments/describe-value.ts';
import { ObservabilityError } from '../errors/observability-error.ts';
import { isWorkflowDefinition } from './resolve-definition.ts';
import { unusualAfterMs } from './usual-stay.ts';
import type { WorkflowDefinition, WorkflowPhase } from './workflow-definition.ts';

/** Definitions by the type of their workflows. */
export type Definitions = ReadonlyMap<string, WorkflowDefinition>;

/** What a definition asks of a move into a phase, as `moveWorkflow` reads it. */
export interface MoveRule {
  /** Phases the workflow may come from. */
  readonly from: readonly string[];
  /** Status where the call gives none. */
  readonly status: string | null;
  /** Whether the phase ends the workflow; then its status must be that one. */
  readonly terminal: boolean;
  readonly deadline_ms: number | null;
  /** From the creation, for the whole workflow. */
  readonly whole_deadline_ms: number | null;
  readonly unusual_after_ms: number | null;
}

/** When a stay in a phase is late and unusually long, in milliseconds from its beginning. */
export interface StayLimits {
  readonly deadlineMs: number | null;
  readonly unusualAfterMs: number | null;
}

/**
 * Checks a list of definitions.
 * @param name of the option, for the message
 * @throws `INVALID_OPTION` for what is no definition; `WORKFLOW_DEFINITION_INVALID` for two of one type
 */
export function toDefinitions(value: unknown, name: string): Definitions {
  if (!Array.isArray(value)) {
    throw new ObservabilityError(
      'INVALID_OPTION',
      `${name} is ${describeValue(value)}; expected a list of definitions, [defineWorkflow({ … })].`,
    );
  }
  const definitions = new Map<string, WorkflowDefinition>();
  for (const [index, definition] of Array.from(value, (each: unknown) => each).entries()) {
    if (!isWorkflowDefinition(definition)) {
      throw new ObservabilityError(
        'INVALID_OPTION',
        `${name}[${index}] is ${describeValue(definition)}; expected what defineWorkflow() returned.`,
      );
    }
    if (definitions.has(definition.type)) {
      throw new ObservabilityError(
        'WORKFLOW_DEFINITION_INVALID',
        `${name}[${index}] defines the type ${describeValue(definition.type)} again; expected one definition of each type. Merge them, or give one another type.`,
      );
    }
    definitions.set(definition.type, definition);
  }
  return definitions;
}

/** A phase of a definition; undefined for one it does not have, also for names such as `constructor`. */
export function phaseOf(definition: WorkflowDefinition, phase: string): WorkflowPhase | undefined {
  return Object.hasOwn(definition.phases, phase) ? definition.phases[phase] : undefined;
}

/** The rules of all definitions for moves into these phases, as JSON `{ phase: { type: rule } }`; null where there are none. */
export function rulesToJson(definitions: Definitions, phases: Iterable<string>): string | null {
  if (definitions.size === 0) {
    return null;
  }
  const rules = [...new Set(phases)].map((phase) => [
    phase,
    Object.fromEntries([...definitions].map(([type, definition]) => [type, moveRule(definition, phase)])),
  ]);
  return JSON.stringify(Object.fromEntries(rules));
}

/** What a definition asks of a move into a phase; no way leads into one it does not have. */
export function moveRule(definition: WorkflowDefinition, name: string): MoveRule {
  const phase = phaseOf(definition, name);
  const limits = phase && stayLimits(phase);
  return {
    from: Object.keys(definition.phases).filter((each) => phaseOf(definition, each)?.to.includes(name)),
    status: phase?.status ?? null,
    terminal: phase?.isTerminal ?? false,
    deadline_ms: limits?.deadlineMs ?? null,
    whole_deadline_ms: definition.deadlineMs,
    unusual_after_ms: limits?.unusualAfterMs ?? null,
  };
}

/** The limits of the stay a workflow begins with. */
export function initialLimits(definition: WorkflowDefinition): StayLimits {
  const phase = phaseOf(definition, definition.initialPhase);
  const limits = phase === undefined ? { deadlineMs: null, unusualAfterMs: null } : stayLimits(phase);
  const deadlines = [limits.deadlineMs, definition.deadlineMs].filter((each) => each !== null);
  return { ...limits, deadlineMs: deadlines.length === 0 ? null : Math.min(...deadlines) };
}

function stayLimits({ deadlineMs, expectedMs }: WorkflowPhase): StayLimits {
  return { deadlineMs, unusualAfterMs: expectedMs === null ? null : unusualAfterMs(expectedMs) };
}
