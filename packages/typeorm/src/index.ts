// Store
export { typeormStore } from './store/typeorm-store.ts';
export type { TypeormStoreOptions } from './store/typeorm-store-options.ts';

// Health
export { dataSourceCheck } from './data-source-check.ts';

// Workflows in the caller's transaction
export { fromEntityManager } from './from-entity-manager.ts';

// Query spans
export { createQuerySpanSubscriber, QuerySpanSubscriber } from './query-spans/query-span-subscriber.ts';
export type { QuerySpanSubscriberClass } from './query-spans/query-span-subscriber.ts';
export { traceQueries } from './query-spans/trace-queries.ts';
export type { TraceableDataSource } from './query-spans/trace-queries.ts';
export type {
  DurationHandle,
  DurationHistogram,
  QuerySpanOptions,
} from './query-spans/query-span-options.ts';

// Migration
export { CreateObservabilitySchema } from './migration/create-observability-schema.ts';

// Read-only entities
export { AlertEntity } from './entities/alert-entity.ts';
export type { StoredAlert } from './entities/alert-entity.ts';
export { MetricEntity } from './entities/metric-entity.ts';
export type { StoredMetric } from './entities/metric-entity.ts';
export { observabilityEntities } from './entities/observability-entities.ts';
export { SpanEntity } from './entities/span-entity.ts';
export type { StoredSpan, StoredSpanEvent, StoredSpanLink } from './entities/span-entity.ts';
export { WorkflowStateEntity } from './entities/workflow-state-entity.ts';
export type { StoredWorkflowState } from './entities/workflow-state-entity.ts';
export { WorkflowTransitionEntity } from './entities/workflow-transition-entity.ts';
export type { StoredWorkflowTransition } from './entities/workflow-transition-entity.ts';

// What of TypeORM is used
export type {
  DataSourceLike,
  EntityManagerLike,
  QueryResultLike,
  QueryRunnerLike,
} from './data-source-like.ts';
