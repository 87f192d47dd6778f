import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { accessSync, constants, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

/** A running Prometheus. */
export interface PrometheusServer {
  readonly url: string;
  /** Data of an instant query, asked again until it has results: a scrape takes its time. */
  query(expression: string): Promise<PrometheusResult[]>;
  /** Data of `/api/v1/query_exemplars`, asked again until there are some. */
  exemplars(expression: string): Promise<PrometheusExemplars[]>;
  close(): Promise<void>;
}

/** One series of an answer. */
export interface PrometheusResult {
  metric: Record<string, string>;
  value: [timestamp: number, value: string];
}

/** The exemplars of one series. */
export interface PrometheusExemplars {
  seriesLabels: Record<string, string>;
  exemplars: { labels: Record<string, string>; value: string; timestamp: number }[];
}

/** What is scraped. */
export interface ScrapeTarget {
  /** URL of the document. */
  url: string;
  /** Sent as `Authorization: Bearer …`. */
  secret?: string;
}

const ATTEMPTS = 300;
const ATTEMPT_INTERVAL_MS = 50;

/** Where the programs are; undefined where they are not installed. */
export function findPrometheus(): { prometheus: string; promtool: string } | undefined {
  const prometheus = findProgram('prometheus');
  const promtool = findProgram('promtool');
  return prometheus === undefined || promtool === undefined ? undefined : { prometheus, promtool };
}

/** What `promtool check metrics` says of a document of the text format; empty where it finds nothing. */
export function checkWithPromtool(text: string): string {
  const programs = findPrometheus() ?? fail('Prometheus is not installed: apt-get install prometheus');
  const { stdout, stderr, status } = spawnSync(programs.promtool, ['check', 'metrics'], {
    input: text,
    encoding: 'utf8',
  });
  const said = `${stdout}${stderr}`.trim();
  return status === 0 ? said : said || `promtool ended with ${status}`;
}

/**
 * Starts Prometheus on 127.0.0.1, with its data in a temporary folder; it scrapes the target twice a second.
 * @throws {Error} when it is not installed, or does not start
 */
export async function startPrometheus(target: ScrapeTarget): Promise<PrometheusServer> {
  const programs = findPrometheus() ?? fail('Prometheus is not installed: apt-get install prometheus');
  const folder = mkdtempSync(join(tmpdir(), 'pg-observability-prometheus-'));
  const port = await findFreePort();
  const url = `http://127.0.0.1:${port}`;
  const file = join(folder, 'prometheus.yml');
  // JSON is YAML.
  writeFileSync(file, JSON.stringify(toSettings(target)));
  const child = spawn(
    programs.prometheus,
    [
      `--config.file=${file}`,
      `--storage.tsdb.path=${join(folder, 'data')}`,
      `--web.listen-address=127.0.0.1:${port}`,
      '--enable-feature=exemplar-storage',
    ],
    { stdio: 'ignore' },
  );
  const ask = createAsk(url, child);
  await ask('/api/v1/status/buildinfo');
  return {
    url,
    query: async (expression) =>
      (
        await ask<{ result: PrometheusResult[] }>(
          `/api/v1/query?query=${encodeURIComponent(expression)}`,
          ({ result }) => result.length > 0,
        )
      ).result,
    exemplars: (expression) =>
      ask<PrometheusExemplars[]>(
        `/api/v1/query_exemplars?start=0&end=9999999999&query=${encodeURIComponent(expression)}`,
        (found) => found.length > 0,
      ),
    close: async () => {
      if (child.exitCode === null) {
        child.kill('SIGTERM');
        setTimeout(() => child.kill('SIGKILL'), 10_000).unref();
        await once(child, 'exit');
      }
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function createAsk(url: string, child: ChildProcess) {
  return async <Data>(path: string, isDone: (data: Data) => boolean = () => true): Promise<Data> => {
    for (let attempt = 0; attempt < ATTEMPTS && child.exitCode === null; attempt += 1) {
      const response = await fetch(url + path).catch(() => undefined);
      // While it starts it answers 503, and not in JSON.
      const body = response?.ok ? ((await response.json()) as { data: Data }) : undefined;
      if (body !== undefined && isDone(body.data)) {
        return body.data;
      }
      await delay(ATTEMPT_INTERVAL_MS);
    }
    throw new Error(`Prometheus has no answer to ${path} (exit code ${child.exitCode})`);
  };
}

function toSettings({ url, secret }: ScrapeTarget): object {
  const { host, pathname } = new URL(url);
  return {
    global: { scrape_interval: '500ms', scrape_timeout: '500ms' },
    scrape_configs: [
      {
        job_name: 'test',
        metrics_path: pathname,
        static_configs: [{ targets: [host] }],
        ...(secret !== undefined && { authorization: { credentials: secret } }),
      },
    ],
  };
}

function findProgram(name: string): string | undefined {
  const folders = [...(process.env['PATH'] ?? '').split(delimiter), '/usr/bin'];
  return folders.map((folder) => join(folder, name)).find(isProgram);
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

async function findFreePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return typeof address === 'object' ? (address?.port ?? 0) : 0;
}

function fail(problem: string): never {
  throw new Error(problem);
}
