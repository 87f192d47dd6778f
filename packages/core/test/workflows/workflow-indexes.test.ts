import { afterAll, beforeAll, expect, it } from 'vitest';
import { WorkflowStateTracker } from '@pg-observability/core';
import type { SqlStore } from '@pg-observability/core';
import type { HousekeepingDatabase } from '../housekeeping/housekeeping-database.ts';
import { openDatabase } from './workflow-database.ts';

// The plans of PostgreSQL on a table that is large enough for them to matter. They are asked for with the statements and values
// that the tracker sends, so that no copy of them can grow old here.
let database: HousekeepingDatabase;
let store: SqlStore;
beforeAll(async () => {
  database = await openDatabase(18);
  ({ store } = database);
  await store.script(`
    insert into observability.workflow_state
      (workflow_id, workflow_type, current_phase, status, created_at, phase_entered_at, finished_at, deadline_at, metadata,
       version)
    select md5(n::text)::uuid, 'type ' || n % 5, case when n % 100 = 0 then 'open' else 'done' end,
      case when n % 100 = 0 then 'running' else 'completed' end, now() - make_interval(secs => n), now() - make_interval(secs => n),
      case when n % 100 > 0 then now() - make_interval(secs => n) end,
      case when n % 1000 = 0 then now() + make_interval(secs => n - 1500) end,
      jsonb_build_object('orderId', n, 'tenant', n % 3), 2
    from generate_series(1, 40000) n;
    insert into observability.workflow_transitions
      (workflow_id, version, from_phase, to_phase, from_status, to_status, trace_id, occurred_at, stay_ms)
    select md5(n::text)::uuid, v, case v when 2 then 'open' end, case v when 1 then 'open' else 'done' end, null, 'running',
      md5((n / 2)::text), now() - make_interval(secs => n), case v when 2 then n % 1000 end
    from generate_series(1, 40000) n, generate_series(1, 2) v;
    analyze observability.workflow_state; analyze observability.workflow_transitions;`);
});
afterAll(() => database.close());

interface Plan {
  'Node Type': string;
  'Index Name'?: string;
  'Relation Name'?: string;
  Plans?: Plan[];
}

/** The nodes of the plans of all statements that `work` sends: relation or index, and how it is read. */
async function nodesOf(work: (workflows: WorkflowStateTracker) => Promise<unknown>): Promise<string[]> {
  const nodes: string[] = [];
  const visit = (plan: Plan): void => {
    const what = plan['Index Name'] ?? plan['Relation Name'];
    if (what !== undefined) {
      nodes.push(`${plan['Node Type']} ${what}`);
    }
    plan.Plans?.forEach(visit);
  };
  const watched: SqlStore = {
    ...store,
    query: async (text, values) => {
      const explained = await store.query<{ 'QUERY PLAN': { Plan: Plan }[] }>(
        `explain (format json) ${text}`,
        values,
      );
      explained.rows[0]?.['QUERY PLAN'].forEach(({ Plan: plan }) => visit(plan));
      return store.query(text, values);
    },
    transaction: (run) => store.transaction(run),
  };
  await work(new WorkflowStateTracker(watched, { schema: 'off' }));
  return nodes;
}

it('finds by metadata through the index on it, also where the newest are asked for', async () => {
  let found = 0;
  const nodes = await nodesOf(async (workflows) => {
    found = (
      await workflows.listWorkflows({ metadata: { orderId: 30_000 }, workflowType: 'type 0', limit: 10 })
    ).length;
  });

  expect(found).toBe(1);
  expect(nodes).toContain('Bitmap Index Scan workflow_state_metadata_idx');
  expect(nodes.filter((node) => node.startsWith('Seq Scan') || node.includes('created_at'))).toEqual([]);
});

it('finds by metadata through the index on it what the planner takes for frequent, too', async () => {
  // Of a hundred values it knows that they are there, and reckons with hundreds of rows for each.
  const { rows } = await store.query<{ known: { orderId: number } }>(
    `select (histogram_bounds::text::jsonb[])[50] as known from pg_stats
     where schemaname = 'observability' and tablename = 'workflow_state' and attname = 'metadata'`,
    [],
  );
  const [{ known } = { known: { orderId: Number.NaN } }] = rows;
  let found = 0;
  const nodes = await nodesOf(async (workflows) => {
    found = (await workflows.listWorkflows({ metadata: { orderId: known.orderId } })).length;
  });

  expect(found).toBe(1);
  expect(nodes).toContain('Bitmap Index Scan workflow_state_metadata_idx');
  expect(nodes.filter((node) => node.startsWith('Seq Scan'))).toEqual([]);
});

it('finds by the trace through the index on it', async () => {
  let found = 0;
  const traceId = 'c4ca4238a0b923820dcc509a6f75849b';
  const nodes = await nodesOf(async (workflows) => {
    found = (await workflows.listWorkflows({ traceId })).length;
  });

  expect(found).toBe(2);
  expect(nodes.some((node) => node.endsWith('workflow_transitions_trace_id_idx'))).toBe(true);
  expect(nodes.filter((node) => node.startsWith('Seq Scan'))).toEqual([]);
});

it('goes on behind a page through the index on the time of creation', async () => {
  const nodes = await nodesOf(async (workflows) => {
    const page = await workflows.listWorkflows({ limit: 10 });
    await workflows.listWorkflows({ limit: 10, after: page.at(-1)?.workflowId });
  });

  expect(nodes.filter((node) => node === 'Index Scan workflow_state_created_at_idx')).toHaveLength(2);
  expect(nodes.filter((node) => node.startsWith('Seq Scan'))).toEqual([]);
});

it('finds children and trees through the index on the parent', async () => {
  const nodes = await nodesOf(async (workflows) => {
    const [parent] = await workflows.listWorkflows({ limit: 1 });
    await workflows.children(parent?.workflowId ?? '');
    await workflows.tree(parent?.workflowId ?? '');
  });

  expect(nodes.filter((node) => node.endsWith('workflow_state_parent_idx'))).toHaveLength(2);
  expect(nodes.filter((node) => node.startsWith('Seq Scan'))).toEqual([]);
});

it('finds what is stuck through the indexes on what is unfinished, and learns from the latest stays', async () => {
  let rules: string[] = [];
  const nodes = await nodesOf(async (workflows) => {
    rules = (await workflows.stuck({ limit: 10_000 })).map(({ rule }) => rule);
  });

  expect([rules.includes('deadline'), rules.includes('unusual')]).toEqual([true, true]);
  expect(nodes.some((node) => node.endsWith('workflow_state_due_idx'))).toBe(true);
  expect(nodes.some((node) => node.endsWith('workflow_state_open_idx'))).toBe(true);
});

it('moves one and many through their keys alone', async () => {
  const nodes = await nodesOf(async (workflows) => {
    const page = await workflows.listWorkflows({ limit: 50 });
    const [first] = page;
    await workflows.transition(
      first?.workflowId ?? '',
      'moved',
      'running',
      { a: 1 },
      { idempotencyKey: 'key' },
    );
    await workflows.transitionAll(page.map(({ workflowId }) => ({ workflowId, phase: 'moved again' })));
  });

  expect(nodes.filter((node) => node.startsWith('Seq Scan'))).toEqual([]);
});
