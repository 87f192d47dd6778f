import { expect, it } from 'vitest';
import { traceToTree } from '../src/report/trace-tree.ts';
import type { ReportSpan } from '../src/report/trace-tree.ts';

function span(
  spanId: string,
  parentSpanId: string | null,
  startMs: number,
  more: Partial<ReportSpan> = {},
): ReportSpan {
  return {
    spanId,
    parentSpanId,
    name: spanId,
    service: 'shop',
    kind: 'INTERNAL',
    status: 'UNSET',
    startMs,
    durationMs: 1,
    ...more,
  };
}

function labels(spans: ReportSpan[]): string[] {
  return traceToTree(spans).map((line) => line.slice(0, line.indexOf('  shop')).trimEnd());
}

it('draws children below their parent, in the order of their start', () => {
  const spans = [
    span('late', 'root', 3),
    span('root', null, 0),
    span('early', 'root', 1),
    span('below', 'early', 2),
  ];

  expect(labels(spans)).toEqual(['root', '├─ early', '│  └─ below', '└─ late']);
});

it('draws a span whose parent is not stored as a root', () => {
  expect(labels([span('orphan', 'elsewhere', 5), span('root', null, 0)])).toEqual(['root', 'orphan']);
});

it('tells start, duration and errors', () => {
  const [line] = traceToTree([
    span('a', null, 1_000, { durationMs: 12.34, status: 'ERROR', kind: 'SERVER' }),
  ]);

  expect(line).toBe('a  shop               SERVER   +    0.0 ms     12.3 ms  ERROR');
});

it('draws nothing of nothing', () => {
  expect(traceToTree([])).toEqual([]);
});
