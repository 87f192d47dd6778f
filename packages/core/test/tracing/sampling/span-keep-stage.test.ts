import { context, ROOT_CONTEXT, SpanStatusCode, trace } from '@opentelemetry/api';
import type { Context, Span } from '@opentelemetry/api';
import { describe, expect, it } from 'vitest';
import { KeptTraces } from './collecting-stage.ts';

const below = (span: Span): Context => trace.setSpan(ROOT_CONTEXT, span);
const TRACE_ID = `${'a'.repeat(18)}00000000000001`;
const elsewhere = (traceFlags = 1, traceId = TRACE_ID): Context =>
  trace.setSpanContext(ROOT_CONTEXT, { traceId, spanId: 'b'.repeat(16), traceFlags, isRemote: true });
const fail = (span: Span): Span => span.setStatus({ code: SpanStatusCode.ERROR });

describe('a local trace', () => {
  it('is held until its root has ended, and then goes on whole, with its rule on the root', () => {
    const kept = new KeptTraces({ ratio: 0 });
    const root = kept.tracer.startSpan('root');
    const child = kept.tracer.startSpan('child', {}, below(root));

    fail(child).end();
    const before = { notes: kept.collected.notes, stats: kept.stage.stats() };
    root.end();

    expect(before).toMatchObject({ notes: [], stats: { heldSpans: 1, heldTraces: 1 } });
    expect(kept.collected.notes).toEqual([['child'], ['root', 'error']]);
    expect(kept.stage.stats()).toEqual({
      heldSpans: 0,
      heldTraces: 0,
      keptTraces: { error: 1, slow: 0, ratio: 0, route_floor: 0 },
      sampledOut: 0,
      decidedEarly: 0,
    });
  });

  it('is dropped whole where no rule wants it, and its spans are counted', () => {
    const kept = new KeptTraces({ ratio: 0 });
    const root = kept.tracer.startSpan('root');

    kept.tracer.startSpan('child', {}, below(root)).end();
    root.end();

    expect(kept.collected.notes).toEqual([]);
    expect(kept.stage.stats()).toMatchObject({ heldSpans: 0, heldTraces: 0, sampledOut: 2 });
  });

  it('begins below a parent elsewhere, and is decided when all that came in for the trace has ended', () => {
    const kept = new KeptTraces({ ratio: 0 });
    const outer = kept.tracer.startSpan('outer', {}, elsewhere());
    const inner = kept.tracer.startSpan('inner', {}, elsewhere());

    inner.end();
    const before = kept.stage.stats();
    fail(outer).end();

    expect(before).toMatchObject({ heldSpans: 1, heldTraces: 1 });
    expect(kept.collected.notes).toEqual([
      ['inner', 'error'],
      ['outer', 'error'],
    ]);
  });

  it('goes on as sampled where head sampling dropped it and a rule wants it', () => {
    const kept = new KeptTraces({ ratio: 0 });
    const span = kept.tracer.startSpan('root', {}, elsewhere(0));

    fail(span).end();

    expect(kept.collected.spans[0]?.spanContext()).toEqual({ ...span.spanContext(), traceFlags: 1 });
    expect(kept.collected.spans[0]).toMatchObject({ name: 'root', ended: true, status: { code: 2 } });
  });

  it('notes on every span how many it stands for', () => {
    const kept = new KeptTraces({ ratio: 0.5 });
    const root = kept.tracer.startSpan('root', {}, elsewhere(1, `${'a'.repeat(18)}ffffffffffffff`));

    kept.tracer.startSpan('child', {}, below(root)).end();
    root.end();

    expect(kept.collected.notes).toEqual([
      ['child', 2],
      ['root', 'ratio', 2],
    ]);
  });
});

describe('spans that end after their root', () => {
  it('follow what was decided', () => {
    const kept = new KeptTraces({ ratio: 0 });
    const good = kept.tracer.startSpan('good');
    const bad = kept.tracer.startSpan('bad');
    const lateGood = kept.tracer.startSpan('late good', {}, below(good));
    const lateBad = kept.tracer.startSpan('late bad', {}, below(bad));

    good.end();
    fail(bad).end();
    lateGood.end();
    lateBad.end();

    expect(kept.collected.notes).toEqual([['bad', 'error'], ['late bad']]);
    expect(kept.stage.stats()).toMatchObject({ heldSpans: 0, heldTraces: 0, sampledOut: 2 });
  });

  it('are kept by themselves where they failed, for every error is', () => {
    const kept = new KeptTraces({ ratio: 0 });
    const root = kept.tracer.startSpan('root');
    const [failed, after] = ['failed', 'after'].map((name) => kept.tracer.startSpan(name, {}, below(root)));

    root.end();
    fail(failed as Span).end();
    after?.end();

    expect(kept.collected.notes).toEqual([['failed'], ['after']]);
    expect(kept.stage.stats()).toMatchObject({ sampledOut: 1, keptTraces: { error: 1 } });
  });
});

describe('the floor of a route', () => {
  it('keeps so many a minute of each route, and again in the next minute', () => {
    const kept = new KeptTraces({ ratio: 0, perRoute: { perMinute: 2 } });
    const serve = (route: string): void => {
      const attributes = { 'http.request.method': 'GET', 'http.route': route };
      kept.tracer.startSpan(`GET ${route}`, { attributes }).end();
    };

    ['/a', '/a', '/a', '/b'].forEach(serve);
    kept.nowMs += 60_000;
    serve('/a');

    expect(kept.collected.notes).toEqual([
      ['GET /a', 'route_floor'],
      ['GET /a', 'route_floor'],
      ['GET /b', 'route_floor'],
      ['GET /a', 'route_floor'],
    ]);
    expect(kept.stage.stats()).toMatchObject({ sampledOut: 1 });
  });
});

describe('what is held', () => {
  it('is bounded: the oldest trace is decided by what is there', () => {
    const kept = new KeptTraces({ ratio: 0, maxHeldSpans: 3 });
    const roots = ['first', 'second'].map((name) => kept.tracer.startSpan(name));
    const end = (name: string, root = 0): Span => {
      const span = kept.tracer.startSpan(name, {}, below(roots[root] as Span));
      span.end();
      return span;
    };

    ['a', 'b', 'c'].forEach((name) => end(name));
    end('d', 1);

    expect(kept.stage.stats()).toMatchObject({ heldSpans: 1, heldTraces: 1, sampledOut: 3, decidedEarly: 1 });
  });

  it('keeps the error of a root that ends after its trace was decided early', () => {
    const kept = new KeptTraces({ ratio: 0, maxHeldSpans: 1 });
    const root = kept.tracer.startSpan('root');

    ['a', 'b'].forEach((name) => kept.tracer.startSpan(name, {}, below(root)).end());
    fail(root).end();

    expect(kept.collected.notes).toEqual([['root', 'error']]);
    expect(kept.stage.stats()).toMatchObject({ heldSpans: 0, sampledOut: 2 });
  });

  it('is decided by flush and by shutdown, whether its root has ended or not', async () => {
    const kept = new KeptTraces({ ratio: 0 });
    const roots = ['first', 'second'].map((name) => kept.tracer.startSpan(name));

    fail(kept.tracer.startSpan('one', {}, below(roots[0] as Span))).end();
    await kept.stage.flush(1_000);
    const flushed = kept.collected.notes;
    fail(kept.tracer.startSpan('two', {}, below(roots[1] as Span))).end();
    await kept.stage.shutdown();

    expect(flushed).toEqual([['one']]);
    expect(kept.collected.notes).toEqual([['one'], ['two']]);
    expect(kept.stage.stats()).toMatchObject({ heldSpans: 0, decidedEarly: 2 });
  });

  it('is decided by its age where a root never ends', async () => {
    const kept = new KeptTraces({ ratio: 0, maxHeldMs: 2 });
    const root = kept.tracer.startSpan('never ends');

    fail(kept.tracer.startSpan('child', {}, below(root))).end();
    kept.nowMs += 2;

    await expect.poll(() => kept.collected.notes).toEqual([['child']]);
    expect(kept.stage.stats()).toMatchObject({ heldSpans: 0, heldTraces: 0, decidedEarly: 1 });
  });
});

it('hands on a span that cannot be read, for the queue to count it', () => {
  const kept = new KeptTraces({ ratio: 0 });
  const hostile = {
    get attributes(): never {
      throw new Error('mine');
    },
  };

  kept.stage.onEnd(hostile as never);

  expect(kept.collected.spans).toEqual([hostile]);
  context.disable();
});
