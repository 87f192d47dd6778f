import { expect, it } from 'vitest';
import type { ReadableSpan } from '@pg-observability/core';
import { judgeTrace } from '../../../src/tracing/sampling/judge-trace.ts';
import type { KeepDecision, KeepState } from '../../../src/tracing/sampling/judge-trace.ts';
import { resolveKeep } from '../../../src/tracing/sampling/keep-options.ts';
import type { KeepOptions, KeepRules } from '../../../src/tracing/sampling/keep-options.ts';
import { isWithinRatio } from '../../../src/tracing/sampling/trace-id-ratio.ts';

// The randomness of a trace ID is in its last 14 digits.
const LOW = `${'a'.repeat(18)}00000000000001`;
const HIGH = `${'a'.repeat(18)}ffffffffffffff`;
const remote = { traceId: LOW, spanId: 'b'.repeat(16), traceFlags: 1, isRemote: true };

interface Given {
  traceId?: string;
  flags?: number;
  code?: number;
  ms?: number;
  attributes?: Record<string, unknown>;
  parent?: ReadableSpan['parentSpanContext'];
}

function span({ traceId = LOW, flags = 1, code = 0, ms = 1, attributes = {}, parent }: Given): ReadableSpan {
  return {
    name: 'work',
    kind: 0,
    spanContext: () => ({ traceId, spanId: 'c'.repeat(16), traceFlags: flags }),
    ...(parent === undefined ? {} : { parentSpanContext: parent }),
    startTime: [1_800_000_000, 0],
    endTime: [1_800_000_000, 0],
    duration: [Math.trunc(ms / 1e3), (ms % 1e3) * 1e6],
    status: { code },
    attributes,
    links: [],
    events: [],
    ended: true,
    resource: { attributes: {} },
    instrumentationScope: { name: 'test' },
    droppedAttributesCount: 0,
    droppedEventsCount: 0,
    droppedLinksCount: 0,
  };
}

function judge(
  root: Given,
  options: KeepOptions,
  state: Partial<KeepState> = {},
  children: Given[] = [],
): KeepDecision {
  const rootSpan = span(root);
  return judgeTrace(
    {
      traceId: root.traceId ?? LOW,
      spans: [...children.map((child) => span(child)), rootSpan],
      roots: [rootSpan],
    },
    resolveKeep(options) as KeepRules,
    { keptOfRoute: () => 0, headRatio: 1, ...state },
  );
}

const dropped = { isKept: false, route: 'work' };
const kept = (rule: string, adjustedCount = 1): object => ({
  isKept: true,
  rule,
  adjustedCount,
  route: 'work',
});

it('keeps every trace with a span that failed, the root or another', () => {
  expect(judge({ code: 2 }, { ratio: 0 })).toEqual(kept('error'));
  expect(judge({}, { ratio: 0 }, {}, [{ code: 2 }])).toEqual(kept('error'));
  expect(judge({ code: 1 }, { ratio: 0 })).toEqual(dropped);
  expect(judge({ code: 2 }, { ratio: 0, errors: false })).toEqual(dropped);
});

it('keeps every trace whose root took as long as the threshold; a slow child alone does not', () => {
  expect(judge({ ms: 500 }, { ratio: 0, slowerThanMs: 500 })).toEqual(kept('slow'));
  expect(judge({ ms: 499 }, { ratio: 0, slowerThanMs: 500 })).toEqual(dropped);
  expect(judge({ ms: 10 }, { ratio: 0, slowerThanMs: 500 }, {}, [{ ms: 900 }])).toEqual(dropped);
});

it('keeps a share of the rest by the trace ID, and notes how many each stands for', () => {
  expect(judge({ traceId: HIGH }, { ratio: 0.25 })).toEqual(kept('ratio', 4));
  expect(judge({ traceId: LOW }, { ratio: 0.25 })).toEqual(dropped);
  expect(judge({ traceId: LOW }, {})).toEqual(kept('ratio'));
});

it('takes head sampling as one more ratio of the rest, which errors do not ask', () => {
  expect(judge({ flags: 0 }, {}, { headRatio: 0.1 })).toEqual(dropped);
  expect(judge({ flags: 0, code: 2 }, {}, { headRatio: 0.1 })).toEqual(kept('error'));
  expect(judge({ traceId: HIGH }, { ratio: 0.5 }, { headRatio: 0.1 })).toEqual(kept('ratio', 20));
  // The ratio by which a parent elsewhere was sampled is not known.
  expect(judge({ traceId: HIGH, parent: remote }, { ratio: 0.5 }, { headRatio: 0.1 })).toEqual(
    kept('ratio', 2),
  );
});

it('fills the floor of a route with what the ratio drops, for which others stand already', () => {
  const options = { ratio: 0.5, perRoute: { perMinute: 2 } };

  expect(judge({}, options, { keptOfRoute: () => 1 })).toEqual(kept('route_floor', 0));
  expect(judge({}, options, { keptOfRoute: () => 2 })).toEqual(dropped);
  expect(judge({}, { ...options, ratio: 0 })).toEqual(kept('route_floor', 1));
});

it('counts a request by method and route pattern, and other work by its name', () => {
  const asked: string[] = [];
  const keptOfRoute = (route: string): number => asked.push(route);
  const attributes = { 'http.request.method': 'GET', 'http.route': '/orders/:id' };

  judge({ attributes }, { ratio: 0 }, { keptOfRoute });
  judge({}, { ratio: 0 }, { keptOfRoute });

  expect(asked).toEqual(['GET /orders/:id', 'work']);
});

it('goes on keeping a trace it has kept before', () => {
  const earlier = { isKept: true, rule: 'error', adjustedCount: 1, route: 'before' } as const;

  expect(judge({}, { ratio: 0 }, { earlier })).toEqual(earlier);
  expect(judge({}, { ratio: 0 }, { earlier: { isKept: false, route: 'before' } })).toEqual(dropped);
});

it('keeps about the share that was asked for, and with a larger ratio everything that a smaller one keeps', () => {
  const ids = Array.from(
    { length: 4_096 },
    (_, index) => `${'0'.repeat(18)}${index.toString(16).padStart(3, '0')}00000000000`,
  );
  const keptIds = (ratio: number): string[] => ids.filter((id) => isWithinRatio(id, ratio));

  expect([0, 0.01, 0.25, 1].map((ratio) => keptIds(ratio).length)).toEqual([0, 40, 1_024, 4_096]);
  expect(keptIds(0.25)).toEqual(expect.arrayContaining(keptIds(0.01)));
});
