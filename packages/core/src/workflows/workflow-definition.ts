/** Statuses that end a workflow. */
export type FinishedStatus = 'completed' | 'failed' | 'cancelled';

/** A phase that others follow. */
export interface OpenPhaseOptions<Phase extends string = string> {
  /** Phases that may follow, at least one. A phase that names itself may be moved to while in it, for progress. */
  to: readonly [Phase, ...Phase[]];
  /** Status of a workflow in this phase where a call gives none: any but those that end it. Default `running`. */
  status?: string | undefined;
  /** Milliseconds after which the phase should be over; then the workflow is stuck. Default: no limit. */
  deadlineMs?: number | undefined;
  /**
   * Milliseconds within which nearly every workflow leaves the phase. It stands in for what is learned from history, until
   * there are 20 stays to learn from. Default: unknown.
   */
  expectedMs?: number | undefined;
}

/** A phase that ends the workflow. */
export interface TerminalPhaseOptions {
  /** What the end means: `completed`, `failed` or `cancelled`. */
  status: FinishedStatus;
  to?: undefined;
  deadlineMs?: undefined;
  expectedMs?: undefined;
}

/** A phase of a definition. */
export type PhaseOptions<Phase extends string = string> = OpenPhaseOptions<Phase> | TerminalPhaseOptions;

/** What `defineWorkflow` takes. */
export interface WorkflowDefinitionOptions<Type extends string = string, Phase extends string = string> {
  /** Kind of workflow, 1 to 128 characters: the `workflowType` of its workflows. */
  type: Type;
  /** Phase it begins in. Default: the first one. */
  initialPhase?: NoInfer<Phase> | undefined;
  /** Milliseconds from the creation after which the whole workflow should be over. Default: no limit. */
  deadlineMs?: number | undefined;
  /** The phases by name, each with those that may follow, or with the status it ends the workflow with. */
  phases: Readonly<Record<Phase, PhaseOptions<NoInfer<Phase>>>>;
}

/** A phase with its defaults filled in. */
export interface WorkflowPhase<Phase extends string = string> {
  /** Phases that may follow; none for a terminal one. */
  readonly to: readonly Phase[];
  readonly isTerminal: boolean;
  readonly status: string;
  /** Null for no limit. */
  readonly deadlineMs: number | null;
  /** Null where it is unknown. */
  readonly expectedMs: number | null;
}

/** Phases of a kind of workflow and how they may follow each other; made by `defineWorkflow`. */
export interface WorkflowDefinition<Type extends string = string, Phase extends string = string> {
  readonly type: Type;
  readonly initialPhase: Phase;
  /** Null for no limit. */
  readonly deadlineMs: number | null;
  readonly phases: Readonly<Record<Phase, WorkflowPhase<Phase>>>;
}
