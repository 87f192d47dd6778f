import { resolveDefinition } from './resolve-definition.ts';
import type { WorkflowDefinition, WorkflowDefinitionOptions } from './workflow-definition.ts';

/**
 * Describes a kind of workflow: its phases, which may follow which, where it ends, and how long it may take. The tracker then
 * refuses every other move, in the database and together with the move, so that two moves at once cannot slip through.
 *
 * Hand it to the tracker (`workflows: [order]`), which then checks every call, or to `workflows.of(order)`, whose calls know
 * the phases by type.
 *
 * @param options `type` and `phases`; a deadline for the whole or per phase, in milliseconds
 * @returns the definition, frozen
 * @throws `WORKFLOW_DEFINITION_INVALID` for a phase that does not exist, cannot be reached or leads to no end; it says how to
 * mend it
 * @example
 * ```ts
 * const order = defineWorkflow({
 *   type: 'order',
 *   phases: {
 *     created: { to: ['paid', 'cancelled'], deadlineMs: 30 * 60_000 },
 *     paid: { to: ['shipped', 'cancelled'] },
 *     shipped: { status: 'completed' },
 *     cancelled: { status: 'cancelled' },
 *   },
 * });
 * await workflows.of(order).transition(id, 'paid');
 * ```
 */
export function defineWorkflow<const Type extends string, Phase extends string>(
  options: WorkflowDefinitionOptions<Type, Phase>,
): WorkflowDefinition<Type, Phase> {
  // What was checked at run time is what the types say.
  return resolveDefinition(options) as WorkflowDefinition<Type, Phase>;
}
