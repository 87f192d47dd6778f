import { describe, expect, it } from 'vitest';
import { sampledSource, tailOf } from '../../../src/metrics/reading/read-percentile-parts.ts';
import type { SourceSegment } from '../../../src/metrics/reading/source-plan.ts';

const segments: SourceSegment[] = [
  { source: 'points', from: 0, to: 10 },
  { source: 'minute', from: 10, to: 30 },
  { source: 'hour', from: 30, to: 100 },
  { source: 'minute', from: 100, to: 120 },
];

describe('sampledSource', () => {
  it('takes the source that answers most of the range', () => {
    expect(sampledSource({ segments, now: 120, isSingle: false })).toBe(2);
    expect(sampledSource({ segments: segments.slice(0, 1), now: 10, isSingle: false })).toBe(0);
  });

  it('passes over the time to come, where nothing is', () => {
    const reachingFar: SourceSegment[] = [...segments, { source: 'points', from: 120, to: 1_000 }];
    expect(sampledSource({ segments: reachingFar, now: 121, isSingle: false })).toBe(2);
  });

  it('takes sums of single observations, which have buckets, and not the observations', () => {
    expect(sampledSource({ segments, now: 120, isSingle: true })).toBe(2);
    expect(sampledSource({ segments: segments.slice(0, 1), now: 10, isSingle: true })).toBeUndefined();
  });
});

describe('tailOf', () => {
  it('leaves room for a sample that is a little wrong', () => {
    expect(tailOf([0.95])).toBeCloseTo(0.9125, 10);
    expect(tailOf([0.999, 0.99])).toBeCloseTo(0.9825, 10);
    expect(tailOf([0.9999])).toBe(0.99);
  });

  it('leaves nothing out where most is needed', () => {
    expect(tailOf([0.5, 0.99])).toBeNull();
    expect(tailOf([0])).toBeNull();
  });
});
