import type { EntitySchema } from 'typeorm';
import { AlertEntity } from './alert-entity.ts';
import { MetricEntity } from './metric-entity.ts';
import { SpanEntity } from './span-entity.ts';
import { WorkflowStateEntity } from './workflow-state-entity.ts';
import { WorkflowTransitionEntity } from './workflow-transition-entity.ts';

/**
 * All read-only entities, for the `entities` of a DataSource. TypeORM's `synchronize`, `schema:log` and `migration:generate`
 * leave their tables alone.
 * @example `new DataSource({ type: 'postgres', entities: [Order, ...observabilityEntities] });`
 */
export const observabilityEntities: readonly EntitySchema[] = [
  SpanEntity,
  MetricEntity,
  WorkflowStateEntity,
  WorkflowTransitionEntity,
  AlertEntity,
];
