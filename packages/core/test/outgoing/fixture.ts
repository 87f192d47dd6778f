import { createServer } from 'node:http';
import type { IncomingHttpHeaders, IncomingMessage, RequestListener, Server } from 'node:http';
import type { Server as SecureServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { createObservability, ensureObservabilityTables, TracingContext } from '@pg-observability/core';
import type { Observability, ObservabilityOptions } from '@pg-observability/core';
import { postgresStore } from '@pg-observability/core/node-postgres';
import { testDatabase } from '@pg-observability/testkit';

/** An HTTP server on loopback that remembers what came in. */
export interface Loopback {
  url: string;
  port: number;
  seen: {
    method: string | undefined;
    url: string | undefined;
    headers: IncomingHttpHeaders;
    raw: string[];
  }[];
  server: Server | SecureServer;
  close(): Promise<void>;
}

/** Starts a server; without a listener it answers `ok` to everything. */
export async function startLoopback(
  answer: RequestListener = (_request, response) => {
    response.end('ok');
  },
  server: Server | SecureServer = createServer(),
): Promise<Loopback> {
  const seen: Loopback['seen'] = [];
  const note = ({ method, url, headers, rawHeaders }: IncomingMessage): void => {
    seen.push({ method, url, headers, raw: rawHeaders });
  };
  server.on('request', (request, response) => {
    note(request);
    answer(request, response);
  });
  server.on('upgrade', note);
  server.on('connect', note);
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    port,
    seen,
    server,
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => {
        server.close(resolve);
      });
    },
  };
}

/** A stored client span, with what a test looks at. */
export interface StoredSpan {
  name: string;
  kind: string;
  status: string;
  traceId: string;
  spanId: string;
  parentSpanId: string | null;
  attributes: Record<string, unknown>;
}

/** An instance over a database of its own. */
export interface Subject {
  observability: Observability;
  /** Client spans in the order they were started in. */
  clientSpans(): Promise<StoredSpan[]>;
  /** Label sets of the metric of calls, with how many were counted. */
  counted(): Promise<{ labels: Record<string, string>; count: number }[]>;
  /** Runs work as a job with a span; answers what it answers, and the job. */
  inJob<Result>(work: () => Promise<Result>): Promise<{ job: TracingContext; result: Result }>;
  close(): Promise<void>;
}

/** Starts an instance over a fresh database. */
export async function startSubject(options: Partial<ObservabilityOptions> = {}): Promise<Subject> {
  const database = await testDatabase();
  const store = postgresStore(database.url);
  await ensureObservabilityTables(store);
  const observability = createObservability({ serviceName: 'caller', store, ...options });
  await observability.start();
  return {
    observability,
    async clientSpans() {
      await observability.flush();
      const { rows } = await store.query(
        `select operation_name as name, kind, status, trace_id as "traceId", span_id as "spanId",
           parent_span_id as "parentSpanId", attributes
         from observability.spans where kind = 'CLIENT' order by start_time, end_time`,
      );
      return rows as unknown as StoredSpan[];
    },
    async counted() {
      await observability.flush();
      const { rows } = await store.query(
        `select labels, sum(sample_count)::int as count from observability.metrics
         where metric_name = 'http.client.request.duration' group by labels order by labels::text`,
      );
      return rows as unknown as { labels: Record<string, string>; count: number }[];
    },
    async inJob(work) {
      const job = new TracingContext('job');
      const result = await job.run(work);
      job.end();
      return { job, result };
    },
    async close() {
      await observability.shutdown();
      await database.drop();
    },
  };
}
