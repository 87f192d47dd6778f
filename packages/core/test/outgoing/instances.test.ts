import { context, propagation, ROOT_CONTEXT, trace } from '@opentelemetry/api';
import { BasicTracerProvider } from '@opentelemetry/sdk-trace-base';
import http from 'node:http';
import { afterEach, expect, it } from 'vitest';
import { TracingContext, untraced } from '@pg-observability/core';
import { AsyncContextManager } from '../../src/tracing/async-context-manager.ts';
import { startLoopback, startSubject } from './fixture.ts';
import type { Loopback, Subject } from './fixture.ts';

const closing: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) {
    await close();
  }
  trace.disable();
  context.disable();
  propagation.disable();
});

async function open(options: Parameters<typeof startSubject>[0] = {}): Promise<Subject> {
  const subject = await startSubject(options);
  closing.push(() => subject.close());
  return subject;
}

async function listen(...args: Parameters<typeof startLoopback>): Promise<Loopback> {
  const server = await startLoopback(...args);
  closing.push(() => server.close());
  return server;
}

/** A server of `owner` that answers with what it gets from `target`. */
function listenFor(owner: Subject, target: Loopback): Promise<Loopback> {
  return listen((request, response) => {
    owner.observability.http.handle(request, response, { originalUrl: '/', route: () => '/' }, () => {
      fetch(target.url)
        .then((answer) => answer.text())
        .then((text) => response.end(text))
        .catch((error: unknown) => response.destroy(error as Error));
    });
  });
}

it('gives the call of a request to the instance that answers the request', async () => {
  const [one, two] = [await open({ serviceName: 'one' }), await open({ serviceName: 'two' })];
  const target = await listen();
  const [ofOne, ofTwo] = [await listenFor(one, target), await listenFor(two, target)];

  await untraced(async () => [await (await fetch(ofOne.url)).text(), await (await fetch(ofTwo.url)).text()]);

  const spans = [await one.clientSpans(), await two.clientSpans()];
  // The test database is asked for by HTTP, too, and counted by the instance that runs by then.
  const counts = [await one.counted(), await two.counted()].map((each) =>
    each.filter(({ labels }) => labels['server.port'] === String(target.port)).map(({ count }) => count),
  );
  expect({ spans: spans.map((each) => each.map(({ spanId }) => spanId)), counts }).toEqual({
    spans: target.seen.map(({ headers }) => [String(headers['traceparent']).split('-')[2]]),
    counts: [[1], [1]],
  });
});

it('leaves calls of an instance alone that has it switched off, while another one has it on', async () => {
  const off = await open({ outgoing: false });
  const on = await open();
  const target = await listen();
  const ofOff = await listenFor(off, target);

  await untraced(async () => (await fetch(ofOff.url)).text());

  expect({
    spans: [...(await off.clientSpans()), ...(await on.clientSpans())],
    counted: [...(await off.counted()), ...(await on.counted())],
    sent: target.seen[0]?.headers['traceparent'],
  }).toEqual({ spans: [], counted: [], sent: undefined });
});

it('makes a span for every call where spans is true, and none where it is false', async () => {
  const target = await listen();
  const all = await open({ outgoing: { spans: true } });
  await (await fetch(target.url)).text();
  const spans = await all.clientSpans();
  await all.close();
  const none = await open({ outgoing: { spans: false, propagateTo: 'all' } });

  const { job } = await none.inJob(async () => (await fetch(target.url)).text());

  expect({
    all: spans.map(({ spanId, parentSpanId }) => [spanId, parentSpanId]),
    none: await none.clientSpans(),
    sent: target.seen.map(({ headers }) => String(headers['traceparent']).split('-')[2]),
  }).toEqual({ all: [[spans[0]?.spanId, null]], none: [], sent: [spans[0]?.spanId, job.spanId] });
});

it("leaves calls to the application's own SDK and only counts them, unless told otherwise", async () => {
  trace.setGlobalTracerProvider(new BasicTracerProvider());
  context.setGlobalContextManager(new AsyncContextManager(ROOT_CONTEXT));
  const target = await listen();
  const left = await open();
  await (await fetch(target.url)).text();
  const counted = await left.counted();
  await left.close();
  await open({ outgoing: { spans: true } });

  await (await fetch(target.url)).text();

  expect({
    counted: counted.map(({ count }) => count),
    sent: target.seen.map(({ headers }) => headers['traceparent'] !== undefined),
  }).toEqual({ counted: [1], sent: [false, true] });
});

it('lets go of everything after its shutdown, and a later instance starts over', async () => {
  const before = http.request;
  const target = await listen();
  const first = await open();
  await first.close();
  const between = http.request;
  await (await fetch(target.url)).text();
  const second = await open();

  await second.inJob(async () => (await fetch(target.url)).text());

  expect({ restored: between === before, spans: (await second.clientSpans()).length }).toEqual({
    restored: true,
    spans: 1,
  });
});

it('passes calls through once another wrapper holds on to ours after the shutdown', async () => {
  const before = http.request;
  const target = await listen();
  const first = await open();
  const ours = http.request;
  http.request = (...args: unknown[]) => Reflect.apply(ours, http, args);
  await first.close();

  await new Promise((resolve) => {
    new TracingContext('outside').run(() => http.request(target.url).end().once('close', resolve));
  });
  http.request = before;

  expect(target.seen.map(({ headers }) => headers['traceparent'])).toEqual([undefined]);
});
