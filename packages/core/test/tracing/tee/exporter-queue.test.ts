import { TracerProvider } from '@opentelemetry/sdk-trace';
import { expect, it } from 'vitest';
import { createObservability, defaultRedact } from '@pg-observability/core';
import type { ExportResult, ReadableSpan, SpanExporter } from '@pg-observability/core';
import { createLog } from '../../../src/logging/log-once.ts';
import { resolveExporterLimits } from '../../../src/tracing/tee/exporter-options.ts';
import type { ExporterQueueOptions } from '../../../src/tracing/tee/exporter-options.ts';
import { ExporterQueue } from '../../../src/tracing/tee/exporter-queue.ts';
import { SpanRedactor } from '../../../src/tracing/tee/redact-span.ts';

type Export = SpanExporter['export'];

class HandMadeExporter implements SpanExporter {
  readonly batches: string[][] = [];
  readonly pending: ((result: ExportResult) => void)[] = [];
  isClosed = false;
  readonly #export: Export;

  constructor(exportSpans: Export) {
    this.#export = exportSpans;
  }

  export(spans: ReadableSpan[], callback: (result: ExportResult) => void): void {
    this.batches.push(spans.map(({ name }) => name));
    return this.#export(spans, callback);
  }

  async shutdown(): Promise<void> {
    this.isClosed = true;
  }
}

const succeed: Export = (_spans, callback) => callback({ code: 0 });
const never: Export = () => undefined;

function createQueue(
  exportSpans: Export,
  options: ExporterQueueOptions = {},
): { queue: ExporterQueue; exporter: HandMadeExporter; lines: string[]; end: (name: string) => void } {
  const lines: string[] = [];
  const note = (line: string): void => {
    lines.push(line);
  };
  const exporter = new HandMadeExporter(exportSpans);
  const queue = new ExporterQueue(exporter, {
    limits: resolveExporterLimits({ flushIntervalMs: 60_000, exportTimeoutMs: 5_000, ...options }),
    redactor: new SpanRedactor(defaultRedact),
    log: createLog({ info: note, warn: note, error: note }),
  });
  const tracer = new TracerProvider({
    spanProcessors: [
      {
        onStart: () => undefined,
        onEnd: (span) => queue.add(span),
        forceFlush: async () => undefined,
        shutdown: async () => undefined,
      },
    ],
  }).getTracer('test');
  return { queue, exporter, lines, end: (name) => tracer.startSpan(name).end() };
}

it('exports one batch after the other, in order, once it is flushed', async () => {
  let running = 0;
  let mostAtOnce = 0;
  const { queue, exporter, end } = createQueue(
    (_spans, callback) => {
      running += 1;
      mostAtOnce = Math.max(mostAtOnce, running);
      setImmediate(() => {
        running -= 1;
        callback({ code: 0 });
      });
    },
    { maxBatchSpans: 2 },
  );

  ['a', 'b', 'c', 'd', 'e'].forEach(end);
  await Promise.all([queue.flush(5_000), queue.flush(5_000)]);

  expect(exporter.batches).toEqual([['a', 'b'], ['c', 'd'], ['e']]);
  expect({ mostAtOnce, ...queue.stats() }).toMatchObject({ mostAtOnce: 1, exported: 5, queued: 0 });
});

it('exports by itself as soon as a batch is full', async () => {
  const { exporter, end } = createQueue(succeed, { maxBatchSpans: 2 });

  ['a', 'b'].forEach(end);

  await expect.poll(() => exporter.batches).toEqual([['a', 'b']]);
});

it('is bounded, and counts what it does not take', async () => {
  const { queue, end } = createQueue(never, { maxQueuedSpans: 2 });

  ['a', 'b', 'c'].forEach(end);

  expect(queue.stats()).toMatchObject({ queued: 2, dropped: { queue_full: 1 } });
});

it.each<[string, Export, string]>([
  ['says so', (_spans, callback) => callback({ code: 1, error: new Error('no') }), 'export_failed'],
  [
    'throws',
    () => {
      throw new Error('no');
    },
    'export_failed',
  ],
  ['rejects', () => Promise.reject(new Error('no')), 'export_failed'],
  ['answers nothing', (_spans, callback) => callback(undefined as never), 'export_failed'],
  ['never answers', never, 'export_timeout'],
])(
  'counts a batch as lost whose exporter %s, and offers it to nobody again',
  async (_how, exportSpans, reason) => {
    const exportTimeoutMs = reason === 'export_timeout' ? 50 : 5_000;
    const { queue, exporter, lines, end } = createQueue(exportSpans, { exportTimeoutMs });

    end('a');
    await queue.flush(5_000);
    await queue.flush(5_000);

    expect(exporter.batches).toEqual([['a']]);
    expect(queue.stats()).toMatchObject({
      queued: 0,
      exported: 0,
      failedExports: 1,
      dropped: { [reason]: 1 },
    });
    expect(lines).toHaveLength(1);
  },
);

it('offers one batch only to an exporter that fails, and keeps the rest', async () => {
  const { queue, exporter, end } = createQueue((_spans, callback) => callback({ code: 1 }), {
    maxBatchSpans: 1,
  });

  ['a', 'b', 'c'].forEach(end);
  await queue.flush(5_000);

  expect(exporter.batches).toEqual([['a']]);
  expect(queue.stats()).toMatchObject({ queued: 2, dropped: { export_failed: 1 } });
});

it('masks credentials in what an exporter says', async () => {
  const { queue, lines, end } = createQueue((_spans, callback) =>
    callback({ code: 1, error: new Error('POST https://key:hunter2@collector/v1/traces failed') }),
  );

  end('a');
  await queue.flush(5_000);

  expect(JSON.stringify([lines, queue.stats()])).not.toContain('hunter2');
});

it('closes an exporter that hangs within its time, and counts every span it did not get', async () => {
  const { queue, exporter, end } = createQueue(never, { exportTimeoutMs: 60_000, maxBatchSpans: 1 });

  ['a', 'b', 'c'].forEach(end);
  const began = performance.now();
  await queue.shutdown(200);
  const tookMs = performance.now() - began;
  end('d');

  expect(tookMs).toBeLessThan(5_000);
  expect(exporter.isClosed).toBe(true);
  expect(queue.stats()).toMatchObject({ queued: 0, exported: 0, dropped: { shutdown: 4 } });
});

it('loses only the span that cannot be read', async () => {
  const { queue, exporter, end } = createQueue(succeed);
  const hostile = {
    resource: { attributes: {} },
    get name(): never {
      throw new Error('mine');
    },
  };

  queue.add(hostile as never);
  end('a');
  await queue.flush(5_000);

  expect(exporter.batches).toEqual([['a']]);
  expect(queue.stats()).toMatchObject({ exported: 1, dropped: { unreadable: 1 } });
});

it.each([
  ['spans.exporters', { exporters: new HandMadeExporter(never) }],
  ['spans.exporters[0]', { exporters: [{ export: 'spans' }] }],
  ['spans.exporters[1]', { exporters: [new HandMadeExporter(never), null] }],
  ['spans.exporterQueue', { exporterQueue: 5 }],
  ['spans.exporterQueue.maxQueuedSpans', { exporterQueue: { maxQueuedSpans: 0 } }],
  ['spans.exporterQueue.maxBatchSpans', { exporterQueue: { maxBatchSpans: 1.5 } }],
  ['spans.exporterQueue.flushIntervalMs', { exporterQueue: { flushIntervalMs: '1s' } }],
  ['spans.exporterQueue.exportTimeoutMs', { exporterQueue: { exportTimeoutMs: Number.NaN } }],
])('refuses a wrong %s', (name, spans) => {
  expect(() => createObservability({ serviceName: 'refused', spans: spans as never })).toThrow(
    expect.objectContaining({ code: 'INVALID_OPTION', message: expect.stringContaining(`${name} is `) }),
  );
});
