/** A span as the report reads it. */
export interface ReportSpan {
  spanId: string;
  parentSpanId: string | null;
  service: string;
  name: string;
  kind: string;
  status: string;
  startMs: number;
  durationMs: number;
}

/** Draws the spans of one trace as a tree, children in the order of their start, with start and duration in milliseconds. */
export function traceToTree(spans: readonly ReportSpan[]): string[] {
  const known = new Set(spans.map((span) => span.spanId));
  const byParent = new Map<string, ReportSpan[]>();
  const roots: ReportSpan[] = [];
  for (const span of [...spans].sort((a, b) => a.startMs - b.startMs || b.durationMs - a.durationMs)) {
    // A parent that is not stored (a client's span, say) makes its child a root here.
    if (span.parentSpanId === null || !known.has(span.parentSpanId)) {
      roots.push(span);
    } else {
      byParent.set(span.parentSpanId, [...(byParent.get(span.parentSpanId) ?? []), span]);
    }
  }
  const lines: { label: string; span: ReportSpan }[] = [];
  const add = (span: ReportSpan, prefix: string, branch: string): void => {
    lines.push({ label: `${prefix}${branch}${span.name}`, span });
    const below = prefix + (branch === '' ? '' : branch.startsWith('└') ? '   ' : '│  ');
    const children = byParent.get(span.spanId) ?? [];
    children.forEach((child, index) => add(child, below, index === children.length - 1 ? '└─ ' : '├─ '));
  };
  roots.forEach((root) => add(root, '', ''));
  const start = Math.min(...spans.map((span) => span.startMs));
  const width = Math.max(...lines.map((line) => line.label.length));
  return lines.map(
    ({ label, span }) =>
      `${label.padEnd(width)}  ${span.service.padEnd(18)} ${span.kind.padEnd(8)} +${(span.startMs - start).toFixed(1).padStart(7)} ms ${span.durationMs.toFixed(1).padStart(8)} ms${span.status === 'ERROR' ? '  ERROR' : ''}`,
  );
}
