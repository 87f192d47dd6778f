import { describeValue } from '../arguments/describe-value.ts';
import { isTextWithin } from '../arguments/assert-text.ts';
import { assertOptions, resolveRedact, resolveServiceName } from '../arguments/recording-options.ts';
import type { RecordingOptions } from '../arguments/recording-options.ts';
import { ObservabilityError } from '../errors/observability-error.ts';
import type { Redact } from '../sanitize/redact.ts';
import type { StoreAccessOptions } from '../storage/store-access.ts';
import type { WorkflowDefinition } from './workflow-definition.ts';
import { toDefinitions } from './workflow-rules.ts';
import type { Definitions } from './workflow-rules.ts';

/** Options of `WorkflowStateTracker`. */
export interface WorkflowOptions extends StoreAccessOptions, RecordingOptions {
  /**
   * Who moves workflows, where a call does not say: text of 1 to 256 characters, or a function that is asked at every call
   * (for the user of the current request). Default: `serviceName`.
   */
  actor?: string | (() => string | undefined) | undefined;
  /**
   * Definitions made by `defineWorkflow`, one of each type: moves of these types that a definition does not allow are refused.
   * Default none: every phase may follow every other.
   */
  workflows?: readonly WorkflowDefinition[] | undefined;
}

/** {@link WorkflowOptions} with the defaults filled in. */
export interface ResolvedWorkflowOptions {
  readonly redact: Redact;
  /** Who acts now; null when nobody was named. */
  readonly currentActor: () => string | null;
  readonly timeoutMs: number;
  readonly definitions: Definitions;
}

/** @throws `INVALID_OPTION`, `WORKFLOW_DEFINITION_INVALID` */
export function resolveWorkflowOptions(options: WorkflowOptions): ResolvedWorkflowOptions {
  assertOptions(options, 'WorkflowStateTracker');
  const serviceName = resolveServiceName(options.serviceName);
  const actor: unknown = options.actor;
  if (actor !== undefined && typeof actor !== 'function') {
    assertActor(actor);
  }
  return Object.freeze({
    redact: resolveRedact(options.redact),
    currentActor: () =>
      (typeof actor === 'function' ? askActor(actor as () => unknown) : actor) ?? serviceName,
    timeoutMs: options.timeoutMs ?? 5_000,
    definitions: toDefinitions(options.workflows === undefined ? [] : options.workflows, 'workflows'),
  });
}

function askActor(actor: () => unknown): string | undefined {
  let answer: unknown;
  try {
    answer = actor();
  } catch (cause) {
    throw new ObservabilityError(
      'INVALID_OPTION',
      'The function given as actor threw; expected it to answer text or undefined.',
      { cause },
    );
  }
  if (answer !== undefined) {
    assertActor(answer);
  }
  return answer;
}

function assertActor(actor: unknown): asserts actor is string {
  if (!isTextWithin(actor, 256)) {
    throw new ObservabilityError(
      'INVALID_OPTION',
      `actor is ${describeValue(actor)}; expected text of 1 to 256 characters, or a function that answers text or undefined.`,
    );
  }
}
