import { expect, it } from 'vitest';
import { sendForJson, sendHttp } from './http-client.ts';
import type { WithHttpContractApp } from './http-contract-run.ts';
import type { SeenContext } from './http-contract-handlers.ts';
import { labels } from './http-contract-spans.ts';

const TRACE_ID = '4bf92f3577b34da6a3ce929d0e0e4736';
const PARENT_ID = '00f067aa0ba902b7';

/** W3C Trace Context, as it comes in. */
export function describeHttpPropagation(withApp: WithHttpContractApp): void {
  it('makes the server span a child of the traceparent that came in, and keeps the tracestate', () =>
    withApp({}, async ({ app, rows }) => {
      const headers = { traceparent: `00-${TRACE_ID}-${PARENT_ID}-01`, tracestate: 'vendor=value,other=2' };

      const seen = await sendForJson<SeenContext>(`${app.url}/plain`, { headers });

      expect(seen).toEqual({ correlationId: TRACE_ID, traceId: TRACE_ID });
      expect(await rows.span()).toMatchObject({
        trace_id: TRACE_ID,
        parent_span_id: PARENT_ID,
        parent_is_remote: true,
        trace_state: 'vendor=value,other=2',
        correlation_id: null,
      });
    }));

  it.each([
    ['text', 'hello'],
    ['a trace ID of zeros', `00-${'0'.repeat(32)}-${PARENT_ID}-01`],
    ['a span ID of zeros', `00-${TRACE_ID}-${'0'.repeat(16)}-01`],
    ['upper case', `00-${TRACE_ID.toUpperCase()}-${PARENT_ID}-01`],
    ['version ff', `ff-${TRACE_ID}-${PARENT_ID}-01`],
    ['too short', `00-${TRACE_ID}-${PARENT_ID}`],
    ['too long for version 00', `00-${TRACE_ID}-${PARENT_ID}-01-more`],
  ])('begins a new trace when the traceparent is %s', (_kind, traceparent) =>
    withApp({}, async ({ app, rows }) => {
      const { status } = await sendHttp(`${app.url}/plain`, {
        headers: { traceparent, tracestate: 'vendor=value' },
      });

      const { trace_id, parent_span_id, trace_state } = await rows.span();
      expect([status, parent_span_id, trace_state]).toEqual([200, null, null]);
      expect(trace_id).not.toBe(TRACE_ID);
    }),
  );

  it('stores no span of a trace that the caller does not sample, but its metric', () =>
    withApp({}, async ({ app, rows }) => {
      const headers = { traceparent: `00-${TRACE_ID}-${PARENT_ID}-00` };

      const answer = await sendHttp(`${app.url}/plain`, { headers });

      expect(answer.headers['x-correlation-id']).toBe(TRACE_ID);
      expect(JSON.parse(answer.body)).toEqual({ correlationId: TRACE_ID, traceId: TRACE_ID });
      expect(await rows.spans()).toEqual([]);
      expect((await rows.requests()).map((metric) => metric.labels)).toEqual([labels('/plain', 200)]);
    }));
}
