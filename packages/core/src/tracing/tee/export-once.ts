import { setImmediate } from 'node:timers/promises';
import type { ExportResult, ReadableSpan, SpanExporter } from '../opentelemetry-types.ts';
import { untraced } from '../untraced.ts';
import type { SpanRedactor } from './redact-span.ts';

const SPANS_PER_SLICE = 128;

/** What became of one call of `export`. */
export interface ExportOutcome {
  /** Spans that were handed over. */
  spanCount: number;
  /** Absent where it went well. */
  failure?: { reason: 'export_failed' | 'export_timeout'; message: string };
}

/** What {@link exportOnce} exports, and how long it may take. */
export interface ExportAttempt {
  batch: readonly ReadableSpan[];
  redactor: SpanRedactor;
  timeoutMs: number;
}

/**
 * Hands a batch to an exporter, masked, and without spans of its own calls. Never rejects, and answers in time even where the
 * exporter never does.
 */
export async function exportOnce(exporter: SpanExporter, attempt: ExportAttempt): Promise<ExportOutcome> {
  let timer: NodeJS.Timeout | undefined;
  const { batch, timeoutMs } = attempt;
  const timeout = new Promise<ExportOutcome>((resolve) => {
    const message = `no answer within ${timeoutMs} ms`;
    timer = setTimeout(
      () => resolve({ spanCount: batch.length, failure: { reason: 'export_timeout', message } }),
      timeoutMs,
    ).unref();
  });
  const outcome = await Promise.race([offer(exporter, attempt), timeout]);
  clearTimeout(timer);
  return outcome;
}

async function offer(exporter: SpanExporter, { batch, redactor }: ExportAttempt): Promise<ExportOutcome> {
  await Promise.all(batch.map(settledResource));
  const spans = await redactInSlices(batch, redactor);
  try {
    const result = await untraced(() => callExport(exporter, spans));
    return result?.code === 0
      ? { spanCount: spans.length }
      : failed(spans.length, result?.error ?? 'the exporter gave no reason');
  } catch (error) {
    return failed(spans.length, error);
  }
}

function callExport(exporter: SpanExporter, spans: ReadableSpan[]): Promise<ExportResult | undefined> {
  return new Promise((resolve, reject) => {
    // An exporter that was written with async has a promise that nobody else would hear rejecting.
    const returned: unknown = exporter.export(spans, resolve);
    if (returned instanceof Promise) {
      returned.catch(reject);
    }
  });
}

async function redactInSlices(
  batch: readonly ReadableSpan[],
  redactor: SpanRedactor,
): Promise<ReadableSpan[]> {
  const spans: ReadableSpan[] = [];
  for (let start = 0; start < batch.length; start += SPANS_PER_SLICE) {
    const slice = batch.slice(start, start + SPANS_PER_SLICE);
    spans.push(...slice.flatMap((span) => readable(span, redactor)));
    // The application's own work goes in between, and before what the exporter encodes at once.
    await setImmediate();
  }
  return spans;
}

// One span that cannot be read must not cost the batch.
function readable(span: ReadableSpan, redactor: SpanRedactor): ReadableSpan[] {
  try {
    return [redactor.redact(span)];
  } catch {
    return [];
  }
}

async function settledResource({ resource }: ReadableSpan): Promise<void> {
  if (resource.asyncAttributesPending === true) {
    await resource.waitForAsyncAttributes?.().catch(() => undefined);
  }
}

function failed(spanCount: number, error: unknown): ExportOutcome {
  const message = error instanceof Error ? error.message || error.name : String(error);
  return { spanCount, failure: { reason: 'export_failed', message } };
}
