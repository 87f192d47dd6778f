import { expect, it } from 'vitest';
import { sendForJson, sendHttp } from './http-client.ts';
import type { HttpContractRun, WithHttpContractApp } from './http-contract-run.ts';
import type { SeenContext } from './http-contract-handlers.ts';

const TRACE_ID = '4bf92f3577b34da6a3ce929d0e0e4736';
const TRACEPARENT = `00-${TRACE_ID}-00f067aa0ba902b7-01`;

/** Which ID a request gets, and where it goes. */
export function describeHttpCorrelation(withApp: WithHttpContractApp): void {
  it.each([
    ['x-correlation-id', { 'x-correlation-id': 'Order-42:retry_1.b' }, 'Order-42:retry_1.b'],
    ['x-request-id', { 'x-request-id': 'from-the-proxy' }, 'from-the-proxy'],
    ['traceparent', { traceparent: TRACEPARENT }, TRACE_ID],
    [
      'x-correlation-id before the others',
      { 'x-request-id': 'r', traceparent: TRACEPARENT, 'x-correlation-id': 'c' },
      'c',
    ],
    [
      'the next header when the first is invalid',
      { 'x-correlation-id': 'not valid', 'x-request-id': 'r' },
      'r',
    ],
    ['an ID of 64 characters', { 'x-correlation-id': 'i'.repeat(64) }, 'i'.repeat(64)],
  ])('takes it from %s', (_source, headers, expected) =>
    withApp({}, async (run) => {
      const seen = await ask(run, headers);

      expect(seen).toEqual({ header: expected, inside: expected, stored: expected });
    }),
  );

  it('makes one that is the trace ID when the request brings none', () =>
    withApp({}, async (run) => {
      const seen = await ask(run, {});

      const { trace_id, correlation_id } = await run.rows.span();
      expect(seen).toEqual({ header: trace_id, inside: trace_id, stored: trace_id });
      expect(correlation_id).toBeNull();
    }));

  it.each([
    ['too long by one', 'i'.repeat(65)],
    ['10 kB', 'i'.repeat(10_000)],
    ['a path', '../../etc/passwd'],
    ['markup', '<script>alert(1)</script>'],
    ['SQL', "'; drop table orders; --"],
    ['a space', 'a b'],
    ['a tab', 'a\tb'],
    ['letters outside of ASCII', 'caf\u00e9'],
    ['an escape sequence', '%0d%0aset-cookie:x'],
    ['nothing', ''],
    ['two headers', ['first', 'second']],
  ])('replaces an ID that is %s', (_kind, id) =>
    withApp({}, async (run) => {
      const seen = await ask(run, { 'x-correlation-id': id });

      const { trace_id } = await run.rows.span();
      expect(seen).toEqual({ header: trace_id, inside: trace_id, stored: trace_id });
    }),
  );

  it.each([
    ['false', false],
    ['a function that says no', () => false],
    [
      'a function that throws',
      () => {
        throw new Error('no idea');
      },
    ],
  ])('uses nothing of the request when trustIncoming is %s', (_kind, trustIncoming) =>
    withApp({ http: { trustIncoming } }, async (run) => {
      const seen = await ask(run, { 'x-correlation-id': 'stranger', traceparent: TRACEPARENT });

      const { trace_id, parent_span_id } = await run.rows.span();
      expect(trace_id).not.toBe(TRACE_ID);
      expect(parent_span_id).toBeNull();
      expect(seen).toEqual({ header: trace_id, inside: trace_id, stored: trace_id });
    }),
  );

  it('asks a trustIncoming function for each request', () =>
    withApp(
      { http: { trustIncoming: ({ headers }) => headers['x-secret'] === 'known' } },
      async ({ app }) => {
        const trusted = await sendHttp(`${app.url}/plain`, {
          headers: { 'x-correlation-id': 'ours', 'x-secret': 'known' },
        });
        const stranger = await sendHttp(`${app.url}/plain`, { headers: { 'x-correlation-id': 'theirs' } });

        expect(trusted.headers['x-correlation-id']).toBe('ours');
        expect(stranger.headers['x-correlation-id']).toMatch(/^[0-9a-f]{32}$/);
      },
    ));

  it('takes it from and puts it on the headers that are configured, however they are spelled', () =>
    withApp(
      { http: { requestHeaders: ['X-Amzn-Trace'], responseHeader: 'X-Answer-Id' } },
      async ({ app }) => {
        const headers = { 'x-amzn-trace': 'from-amazon', 'x-correlation-id': 'not-asked' };

        const answer = await sendHttp(`${app.url}/plain`, { headers });

        expect([answer.headers['x-answer-id'], answer.headers['x-correlation-id']]).toEqual([
          'from-amazon',
          undefined,
        ]);
      },
    ));

  it('puts it on no header when that is switched off', () =>
    withApp({ http: { responseHeader: false } }, async ({ app }) => {
      const answer = await sendHttp(`${app.url}/plain`, { headers: { 'x-correlation-id': 'quiet' } });

      expect(answer.headers['x-correlation-id']).toBeUndefined();
      expect((JSON.parse(answer.body) as SeenContext).correlationId).toBe('quiet');
    }));

  it('gives 100 requests at once an ID each, and mixes none of them up', () =>
    withApp({}, async ({ app, rows }) => {
      const ids = Array.from({ length: 100 }, (_, index) => `request-${index}`);
      const send = (id: string): Promise<{ data: SeenContext; end: SeenContext }> =>
        sendForJson(`${app.url}/upload`, {
          method: 'POST',
          headers: { 'x-correlation-id': id, 'content-type': 'application/octet-stream' },
          body: ['one', 'two', 'three'],
        });

      const answers = await Promise.all(ids.map(send));

      expect(answers.map(({ data, end }) => [data.correlationId, end.correlationId])).toEqual(
        ids.map((id) => [id, id]),
      );
      const spans = await rows.spans();
      expect(new Set(spans.map((span) => span.correlation_id))).toEqual(new Set(ids));
      expect(new Set(spans.map((span) => span.trace_id)).size).toBe(100);
    }));
}

/** Sends a request and answers its ID as the client, the handler and the database know it. */
async function ask(
  { app, rows }: HttpContractRun,
  headers: Record<string, string | string[]>,
): Promise<{ header: unknown; inside: unknown; stored: unknown }> {
  const answer = await sendHttp(`${app.url}/plain`, { headers });
  const { correlation_id, trace_id } = await rows.span();
  return {
    header: answer.headers['x-correlation-id'],
    inside: (JSON.parse(answer.body) as SeenContext).correlationId,
    stored: correlation_id ?? trace_id,
  };
}
