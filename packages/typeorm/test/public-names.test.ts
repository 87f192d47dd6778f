import { expect, it } from 'vitest';
import * as typeorm from '../src/index.ts';

it('exports these names and no others', () => {
  expect(Object.keys(typeorm).toSorted()).toEqual([
    'AlertEntity',
    'CreateObservabilitySchema',
    'MetricEntity',
    'QuerySpanSubscriber',
    'SpanEntity',
    'WorkflowStateEntity',
    'WorkflowTransitionEntity',
    'createQuerySpanSubscriber',
    'dataSourceCheck',
    'fromEntityManager',
    'observabilityEntities',
    'traceQueries',
    'typeormStore',
  ]);
});
