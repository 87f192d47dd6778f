import { describe, expect, it } from 'vitest';
import { describeTrouble, IngestCondition } from '../../src/ingest/ingest-condition.ts';
import { IngestWriter } from '../../src/ingest/ingest-writer.ts';
import { createTelemetryCheck } from '../../src/ingest/telemetry-check.ts';
import { createLog } from '../../src/logging/log-once.ts';
import { randomTraceId } from '../../src/propagation/correlation-id-format.ts';

const NOTHING = { spans: 0, metrics: 0 };
const silent = (): void => undefined;

/** A condition with a clock that is moved by hand. */
function createCondition(): { condition: IngestCondition; wait(ms: number): void } {
  let nowMs = 0;
  return { condition: new IngestCondition(() => nowMs), wait: (ms) => (nowMs += ms) };
}

describe('IngestCondition', () => {
  it('has no trouble to tell when nothing happens, or each batch is taken in time', () => {
    const { condition, wait } = createCondition();
    const before = condition.trouble(NOTHING, undefined);
    for (let batch = 0; batch < 5; batch += 1) {
      condition.noteProgress();
      wait(4_999);
    }
    const busy = condition.trouble(NOTHING, undefined);
    condition.noteIdle();
    wait(3_600_000);

    const idle = condition.trouble(NOTHING, undefined);

    expect([before, busy, idle].map(describeTrouble)).toEqual([undefined, undefined, undefined]);
  });

  it('tells after five seconds that a batch is not taken, and forgets it once one is', () => {
    const { condition, wait } = createCondition();
    condition.noteProgress();
    wait(12_400);
    const stalled = condition.trouble({ spans: 40, metrics: 2 }, 'connect ECONNREFUSED');
    condition.noteProgress();

    const later = condition.trouble(NOTHING, undefined);

    expect(stalled).toEqual({
      stalledMs: 12_400,
      lastError: 'connect ECONNREFUSED',
      spooled: { spans: 40, metrics: 2 },
      dropped: [],
    });
    expect(describeTrouble(stalled)).toBe(
      'the database has not taken telemetry for 12 s: connect ECONNREFUSED; 40 spans and 2 metrics wait on disk',
    );
    expect(describeTrouble(later)).toBeUndefined();
  });

  it('tells for five minutes what was lost, and counts anew after that', () => {
    const { condition, wait } = createCondition();
    condition.noteDropped('spans', 'queue_full', 3);
    wait(200_000);
    condition.noteDropped('spans', 'queue_full', 4);
    condition.noteDropped('metrics', 'poison', 1);
    const both = condition.trouble(NOTHING, undefined).dropped;
    wait(300_000);
    const quiet = condition.trouble(NOTHING, undefined).dropped;
    condition.noteDropped('spans', 'queue_full', 2);

    const again = condition.trouble(NOTHING, undefined).dropped;

    expect(both).toEqual([
      { signal: 'spans', reason: 'queue_full', rowCount: 7 },
      { signal: 'metrics', reason: 'poison', rowCount: 1 },
    ]);
    expect(quiet).toEqual([]);
    expect(again).toEqual([{ signal: 'spans', reason: 'queue_full', rowCount: 2 }]);
  });
});

it('tells of a database that neither takes a batch nor refuses it', async () => {
  let nowMs = 0;
  let answer = silent;
  const written: string[] = [];
  const writer = new IngestWriter({
    log: createLog({ info: silent, warn: silent, error: silent }),
    now: () => nowMs,
    write: (batch) =>
      new Promise<void>((resolve) => {
        written.push(batch.batchId);
        answer = resolve;
      }),
  });
  const check = createTelemetryCheck({ isOff: () => false, trouble: () => writer.trouble() });
  const look = (): unknown => check({ signal: AbortSignal.abort(), store: undefined });
  const batchId = randomTraceId();
  writer.add({
    batchId,
    signal: 'spans',
    columns: ['operation_name'],
    rowCount: 1,
    partitionTimes: [0],
    origins: { resources: [], scopes: [] },
    cutAtMs: 0,
    rows: Buffer.from('a\n'),
  });
  await expect.poll(() => written).toEqual([batchId]);
  const atOnce = look();
  nowMs += 7_000;
  const later = look();
  answer();
  await writer.flush(1_000);

  const afterwards = look();

  expect([atOnce, later, afterwards]).toEqual([
    true,
    { status: 'degraded', message: 'the database has not taken telemetry for 7 s' },
    true,
  ]);
  await writer.shutdown(1_000);
});

it('says that telemetry is off', () => {
  const check = createTelemetryCheck({
    isOff: () => true,
    trouble: () => new IngestCondition(() => 0).trouble(NOTHING, undefined),
  });

  expect(check({ signal: AbortSignal.abort(), store: undefined })).toMatchObject({ status: 'degraded' });
});
