import type { MemoryStatement } from '../../src/testing/memory-store/memory-tables.ts';
import { partitionOf } from '../../src/storage/partition-bounds.ts';

const FRACTIONS = [0, 0.001, 0.05, 0.25, 0.5, 0.75, 0.9, 0.95, 0.99, 0.999, 1];

/** As the manual of percentile_cont says it. */
function percentileOf(sorted: readonly number[], fraction: number): number {
  const rank = fraction * (sorted.length - 1);
  const lower = sorted[Math.floor(rank)] ?? Number.NaN;
  const upper = sorted[Math.ceil(rank)] ?? Number.NaN;
  return lower + (rank - Math.floor(rank)) * (upper - lower);
}

/** What the SQL means that the contract suites write by hand to look behind the API, on the tables of the memory store. */
export function findHandWritten(text: string): MemoryStatement | undefined {
  return HAND_WRITTEN.find(([pattern]) => pattern.test(text))?.[1];
}

const HAND_WRITTEN: readonly (readonly [RegExp, MemoryStatement])[] = [
  // One statement at a time: nobody gets in between anyway.
  [/^\s*select 1 from \S+ where \S+ = \$1::\w+ for update$/, () => []],
  [
    /count\(\*\).*workflow_state where workflow_type = 'bad input'/,
    ({ workflows }) => [
      { count: workflows.filter(({ workflow_type: type }) => type === 'bad input').length },
    ],
  ],
  [
    /count\(\*\).*alerts where alert_type = 'bad input'/,
    ({ alerts }) => [{ count: alerts.filter(({ alert_type: type }) => type === 'bad input').length }],
  ],
  [
    /insert into observability\.workflow_state .*'by hand'/s,
    (tables, [id]) => {
      tables.workflows.push({
        workflow_id: id as string,
        workflow_type: 'by hand',
        current_phase: 'p',
        status: 's',
        correlation_id: null,
        version: 1,
        created_at_ms: 0,
        updated_at_ms: 0,
        phase_entered_at_ms: 0,
        deadline_at_ms: null,
        finished_at_ms: null,
        metadata: '{}',
        trace_id: null,
        parent_workflow_id: null,
      });
      return [];
    },
  ],
  [
    /as in_order\s+from observability\.workflow_transitions/,
    ({ transitions }, [id]) => {
      const times = transitions.filter((row) => row.workflow_id === id).map((row) => row.occurred_at_ms);
      return [{ in_order: times.every((time, index) => time >= (times[index - 1] ?? 0)) }];
    },
  ],
  [
    /update observability\.alerts set count = 2147483647/,
    (tables, [id]) => {
      tables.alerts = tables.alerts.map((row) => (row.id === id ? { ...row, count: 2_147_483_647 } : row));
      return [];
    },
  ],
  [
    /metric_name = 'points\.sizes'/,
    ({ metrics }) =>
      metrics
        .filter((row) => row.metric_name === 'points.sizes')
        .map((row) => ({
          metric_value: row.metric_value,
          min: row.min,
          max: row.max,
          sample_count: row.sample_count,
          zero_count: row.zero_count,
          bucket_scale: row.bucket_scale,
          is_monotonic: row.is_monotonic,
          temporality: row.temporality,
          unit: row.unit,
          resource_id: row.resource_id,
          bucket_indexes: row.bucket_indexes,
          bucket_counts: `{${row.bucket_counts?.join(',')}}`,
          negative_bucket_indexes: row.negative_bucket_indexes,
          negative_bucket_counts: `{${row.negative_bucket_counts?.join(',')}}`,
          in_order: row.recorded_at >= (row.start_time ?? Infinity),
        })),
  ],
  [
    /metric_name = 'points\.month'/,
    ({ metrics }) =>
      metrics
        .filter((row) => row.metric_name === 'points.month')
        .map((row) => ({
          partition: `observability.${partitionOf('metrics', row.recorded_at).name}`,
          metric_value: row.metric_value,
        })),
  ],
  [
    /percentile_cont/,
    ({ metrics }) => {
      const values = metrics
        .filter((row) => row.metric_name === 'percentiles.exact')
        .map((row) => row.metric_value)
        .sort((a, b) => a - b);
      return FRACTIONS.map((fraction) => ({ exact: percentileOf(values, fraction) }));
    },
  ],
  [
    /distinct bucket_scale.*'percentiles\.scales'/s,
    ({ metrics }) =>
      [
        ...new Set(
          metrics
            .filter((row) => row.metric_name === 'percentiles.scales')
            .map((row) => row.bucket_scale ?? -1),
        ),
      ]
        .sort((a, b) => b - a)
        .map((scale) => ({ scale })),
  ],
  [
    /metric_name like 'hostile\.huge\.%'/,
    ({ metrics }) =>
      metrics
        .filter((row) => row.metric_name.startsWith('hostile.huge.'))
        .map((row) => ({
          name_length: row.metric_name.length,
          labels_length: JSON.stringify(row.labels).length,
        })),
  ],
];
