import { describeValue } from '../arguments/describe-value.ts';
import { isTextWithin } from '../arguments/assert-text.ts';
import { ObservabilityError } from '../errors/observability-error.ts';
import { describeNames } from './describe-names.ts';
import { checkPhaseGraph } from './phase-graph.ts';
import { isFinishedStatus } from './workflow-state.ts';
import type { WorkflowDefinition, WorkflowPhase } from './workflow-definition.ts';

// Ten years; more was meant as something else than milliseconds.
const MAX_DURATION_MS = 315_360_000_000;

// A definition is written by a person; its rules travel with each move.
const MAX_PHASES = 1_000;

// Only what was checked here is believed, whatever an object looks like.
const DEFINITIONS = new WeakSet<object>();

/**
 * Checks what `defineWorkflow` was given and fills the defaults in.
 * @throws `WORKFLOW_DEFINITION_INVALID`
 */
export function resolveDefinition(options: unknown): WorkflowDefinition {
  try {
    return resolve(options);
  } catch (error) {
    if (error instanceof ObservabilityError) {
      throw error;
    }
    // A getter or a proxy threw.
    throw new ObservabilityError(
      'WORKFLOW_DEFINITION_INVALID',
      'The argument of defineWorkflow could not be read; expected a plain object of values.',
      { cause: error },
    );
  }
}

/** Whether it was made by `defineWorkflow`. */
export function isWorkflowDefinition(value: unknown): value is WorkflowDefinition {
  return typeof value === 'object' && value !== null && DEFINITIONS.has(value);
}

function resolve(options: unknown): WorkflowDefinition {
  assertObject(
    'The argument of defineWorkflow',
    options,
    "an object such as { type: 'order', phases: { … } }",
  );
  const { type, initialPhase, deadlineMs, phases } = options as Record<string, unknown>;
  assertKeys('defineWorkflow', options, ['type', 'initialPhase', 'deadlineMs', 'phases']);
  assertName('type', type, "Give a name such as 'order'.");
  const resolved = resolvePhases(phases);
  const initial = resolveInitialPhase(initialPhase, resolved);
  checkPhaseGraph(resolved, initial);
  const definition: WorkflowDefinition = Object.freeze({
    type,
    initialPhase: initial,
    deadlineMs: resolveDuration('deadlineMs', deadlineMs),
    phases: Object.freeze(Object.fromEntries(resolved)),
  });
  DEFINITIONS.add(definition);
  return definition;
}

function resolvePhases(phases: unknown): Map<string, WorkflowPhase> {
  assertObject(
    'phases',
    phases,
    "an object such as { created: { to: ['paid'] }, paid: { status: 'completed' } }",
  );
  const entries = Object.entries(phases);
  if (entries.length === 0 || entries.length > MAX_PHASES) {
    throw invalid(`phases has ${entries.length} phases; expected 1 to ${MAX_PHASES}.`);
  }
  return new Map(
    entries.map(([name, phase]) => {
      assertName('The name of a phase', name, "Give a name such as 'paid'.");
      return [name, resolvePhase(`phases[${describeValue(name)}]`, phase)];
    }),
  );
}

function resolvePhase(path: string, phase: unknown): WorkflowPhase {
  assertObject(
    path,
    phase,
    "{ to: ['paid'] } for a phase that goes on, { status: 'completed' } for one that ends it",
  );
  const { to, status, deadlineMs, expectedMs } = phase as Record<string, unknown>;
  assertKeys(path, phase, ['to', 'status', 'deadlineMs', 'expectedMs']);
  if (to === undefined) {
    return resolveTerminalPhase(path, { status, deadlineMs, expectedMs });
  }
  if (!Array.isArray(to) || to.length === 0 || to.length > MAX_PHASES) {
    const got = Array.isArray(to) ? `a list of ${to.length} phases` : describeValue(to);
    throw invalid(
      `${path}.to is ${got}; expected a list of 1 to ${MAX_PHASES} phases that may follow. Leave it out and give the status for a phase that ends the workflow.`,
    );
  }
  if (status !== undefined && (!isTextWithin(status, 128) || isFinishedStatus(status))) {
    throw invalid(
      `${path}.status is ${describeValue(status)}; expected text of 1 to 128 characters that does not end a workflow, because others follow this phase. Leave "to" out where it is the end.`,
    );
  }
  return Object.freeze({
    to: Object.freeze([...new Set(Array.from(to, toTarget))]),
    isTerminal: false,
    status: status ?? 'running',
    deadlineMs: resolveDuration(`${path}.deadlineMs`, deadlineMs),
    expectedMs: resolveDuration(`${path}.expectedMs`, expectedMs),
  });
}

function resolveTerminalPhase(
  path: string,
  { status, deadlineMs, expectedMs }: Record<'status' | 'deadlineMs' | 'expectedMs', unknown>,
): WorkflowPhase {
  if (typeof status !== 'string' || !isFinishedStatus(status)) {
    throw invalid(
      `${path} has no "to", so it ends the workflow, and its status is ${describeValue(status)}; expected 'completed', 'failed' or 'cancelled', or a list "to" of the phases that follow.`,
    );
  }
  if (deadlineMs !== undefined || expectedMs !== undefined) {
    throw invalid(
      `${path} ends the workflow and has a deadlineMs or expectedMs; expected neither, for nothing comes after it. Give them to the phases before.`,
    );
  }
  return Object.freeze({
    to: Object.freeze([]),
    isTerminal: true,
    status,
    deadlineMs: null,
    expectedMs: null,
  });
}

/** Anything but a name is no phase, and is told as such by the check of the graph. */
function toTarget(target: unknown): string {
  return typeof target === 'string' ? target : describeValue(target);
}

function resolveInitialPhase(initialPhase: unknown, phases: ReadonlyMap<string, WorkflowPhase>): string {
  const first = initialPhase === undefined ? [...phases.keys()][0] : initialPhase;
  if (typeof first !== 'string' || !phases.has(first)) {
    throw invalid(
      `initialPhase is ${describeValue(initialPhase)}; expected one of the phases: ${describeNames(phases.keys())}.`,
    );
  }
  return first;
}

function resolveDuration(path: string, value: unknown): number | null {
  if (value === undefined) {
    return null;
  }
  if (typeof value !== 'number' || !Number.isInteger(value) || value < 1 || value > MAX_DURATION_MS) {
    throw invalid(
      `${path} is ${describeValue(value)}; expected whole milliseconds from 1 to ${MAX_DURATION_MS} (10 years), for example 30 * 60_000 for half an hour.`,
    );
  }
  return value;
}

function assertName(what: string, value: unknown, hint: string): asserts value is string {
  if (!isTextWithin(value, 128)) {
    throw invalid(`${what} is ${describeValue(value)}; expected text of 1 to 128 characters. ${hint}`);
  }
}

function assertObject(what: string, value: unknown, expected: string): asserts value is object {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw invalid(`${what} is ${describeValue(value)}; expected ${expected}.`);
  }
}

function assertKeys(what: string, value: object, known: readonly string[]): void {
  const unknown = Object.keys(value).find((key) => !known.includes(key));
  if (unknown !== undefined) {
    throw invalid(`${what} has the key ${describeValue(unknown)}; expected ${known.join(', ')}.`);
  }
}

function invalid(message: string): ObservabilityError {
  return new ObservabilityError('WORKFLOW_DEFINITION_INVALID', message);
}
