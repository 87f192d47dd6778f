import type { WorkflowState } from './workflow-state.ts';

/** A workflow with those it has started, the oldest first. */
export interface WorkflowTree {
  workflow: WorkflowState;
  children: WorkflowTree[];
}

/**
 * Puts workflows that were read level by level together.
 * @returns undefined where there are none
 */
export function buildWorkflowTree(workflows: readonly WorkflowState[]): WorkflowTree | undefined {
  const [first, ...others] = workflows;
  if (first === undefined) {
    return undefined;
  }
  const root: WorkflowTree = { workflow: first, children: [] };
  const nodes = new Map([[first.workflowId, root]]);
  for (const workflow of others) {
    const node: WorkflowTree = { workflow, children: [] };
    nodes.get(workflow.parentWorkflowId ?? '')?.children.push(node);
    nodes.set(workflow.workflowId, node);
  }
  return root;
}
