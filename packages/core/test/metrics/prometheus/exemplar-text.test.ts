import { describe, expect, it } from 'vitest';
import type { Exemplar } from '../../../src/metrics/exemplars.ts';
import { exemplarsByBound, toExemplarText } from '../../../src/metrics/prometheus/exemplar-text.ts';

const TRACE = { traceId: '0af7651916cd43dd8448eb211c80319c', spanId: 'b7ad6b7169203331' };

function exemplar(value: number, other: object = {}): Exemplar {
  return { ...TRACE, value, time: 1_700_000_000_123, ...other };
}

describe('toExemplarText', () => {
  it('names trace and span, the value and the time in seconds', () => {
    expect(toExemplarText(exemplar(0.25))).toBe(
      ' # {trace_id="0af7651916cd43dd8448eb211c80319c",span_id="b7ad6b7169203331"} 0.25 1700000000.123',
    );
  });

  it.each([
    { traceId: '' },
    { traceId: 'x'.repeat(32) },
    { traceId: 'a'.repeat(10_000_000) },
    { traceId: undefined },
    { spanId: '"} 1\nevil 1 # {' },
    { spanId: 5 },
    { time: Number.NaN },
  ])('leaves out what is no trace: %.40j', (other) => {
    expect(toExemplarText(exemplar(1, other))).toBe('');
  });
});

describe('exemplarsByBound', () => {
  it('gives each bucket the largest that lies in it, and +Inf what is above all bounds', () => {
    const exemplars = [0.1, 0.5, 1, 0.7, 3, -2].map((value) => exemplar(value));

    const found = exemplarsByBound(exemplars, [{ bound: 0 }, { bound: 0.25 }, { bound: 1 }, { bound: 2 }]);

    expect(found.map((each) => each?.value)).toEqual([-2, 0.1, 1, undefined, 3]);
  });
});
