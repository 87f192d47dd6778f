import { expect, it } from 'vitest';
import { sendForJson, sendHttp, withOneConnection } from './http-client.ts';
import type { WithHttpContractApp } from './http-contract-run.ts';
import type { SeenContext } from './http-contract-handlers.ts';

const OCTETS = { 'content-type': 'application/octet-stream' };

/** Where the context of a request reaches. */
export function describeHttpContext(withApp: WithHttpContractApp): void {
  it('reaches over awaits, timers and immediates', () =>
    withApp({}, async ({ app, rows }) => {
      const seen = await sendForJson<SeenContext[]>(`${app.url}/later`, {
        headers: { 'x-correlation-id': 'later-1' },
      });

      const { trace_id } = await rows.span();
      const expected = { correlationId: 'later-1', traceId: trace_id };
      expect(seen).toEqual([expected, expected, expected]);
    }));

  it('reaches through the body parser', () =>
    withApp({}, async ({ app, rows }) => {
      const answer = await sendForJson(`${app.url}/echo`, {
        method: 'POST',
        headers: { 'x-correlation-id': 'parsed-1', 'content-type': 'application/json' },
        body: ['{"items":[1,', '2,3]}'],
      });

      const { trace_id } = await rows.span();
      expect(answer).toEqual({ body: { items: [1, 2, 3] }, correlationId: 'parsed-1', traceId: trace_id });
    }));

  it('reaches into the listeners of a body that is streamed', () =>
    withApp({}, async ({ app, rows }) => {
      const answer = await sendForJson(`${app.url}/upload`, {
        method: 'POST',
        headers: { ...OCTETS, 'x-correlation-id': 'streamed-1' },
        body: ['a'.repeat(70_000), 'b'.repeat(70_000)],
      });

      const { trace_id } = await rows.span();
      const expected = { correlationId: 'streamed-1', traceId: trace_id };
      expect(answer).toEqual({ bytes: 140_000, data: expected, end: expected });
    }));

  it('reaches into the finish and close listeners of the response', () =>
    withApp({}, async ({ app, handlers, rows }) => {
      await sendHttp(`${app.url}/listen`, { headers: { 'x-correlation-id': 'listened-1' } });

      const { trace_id } = await rows.span();
      const expected = { correlationId: 'listened-1', traceId: trace_id };
      expect([await handlers.seen('finish'), await handlers.seen('close')]).toEqual([expected, expected]);
    }));

  it('does not leak into the next request on the same connection', () =>
    withApp({}, async ({ app, rows }) => {
      const seen = await withOneConnection(async (agent) => {
        const upload = (headers: Record<string, string>): Promise<{ data: SeenContext }> =>
          sendForJson(`${app.url}/upload`, {
            method: 'POST',
            headers: { ...OCTETS, ...headers },
            body: ['x', 'y'],
            agent,
          });
        const { data: withId } = await upload({ 'x-correlation-id': 'first' });
        const { data: without } = await upload({});
        return [withId, without, await sendForJson<SeenContext>(`${app.url}/plain`, { agent })];
      });

      const spans = await rows.spans();
      const [first, second, third] = seen.map(({ traceId }) => traceId);
      expect(new Set(spans.map((span) => span.trace_id))).toEqual(new Set([first, second, third]));
      expect(spans.map((span) => span.parent_span_id)).toEqual([null, null, null]);
      expect(seen.map(({ correlationId }) => correlationId)).toEqual(['first', second, third]);
    }));
}
