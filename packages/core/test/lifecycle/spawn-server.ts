import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';

const packageFolder = fileURLToPath(new URL('../..', import.meta.url));

/** A server of node:http in a process of its own, over the built package. */
export interface SpawnedServer {
  child: ChildProcess;
  base: string;
  /** Resolves when the handler of this path has been called. */
  entered(path: string): Promise<void>;
  ended: Promise<{ code: number | null; signal: NodeJS.Signals | null }>;
  /** What it wrote to its log. */
  log: string[];
}

// `/slow` waits for `/release`, `/hang` for ever; probes are answered beside the telemetry, as in any application.
const SCRIPT = `
  import * as core from '@pg-observability/core';
  import { createServer } from 'node:http';
  const options = JSON.parse(process.env.OPTIONS);
  const tell = (level) => (line) => console.log('log ' + level + ' ' + line);
  const observability = core.createObservability({
    ...options.observability,
    logger: { info: tell('info'), warn: tell('warn'), error: tell('error') },
  });
  const probes = core.createProbeHandler(observability.health);
  let release;
  const held = new Promise((resolve) => (release = resolve));
  const server = createServer((request, response) => {
    probes(request, response, () => {
      const source = { originalUrl: request.url, route: () => request.url };
      observability.http.handle(request, response, source, async () => {
        console.log('entered ' + request.url);
        if (request.url === '/slow') await held;
        if (request.url === '/hang') return;
        if (request.url === '/release') release();
        response.end('done');
      });
    });
  });
  observability.handleSignals({ server });
  server.listen(0, '127.0.0.1', () => console.log('port ' + server.address().port));`;

/** Starts it; one that a failed test leaves behind is killed. */
export async function spawnServer(
  databaseUrl: string,
  observability: Record<string, unknown>,
): Promise<SpawnedServer> {
  const child = spawn(process.execPath, ['--input-type=module', '-e', SCRIPT], {
    cwd: packageFolder,
    env: {
      ...process.env,
      NODE_OPTIONS: '',
      DATABASE_URL: databaseUrl,
      OPTIONS: JSON.stringify({ observability }),
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  onTestFinished(() => {
    child.kill('SIGKILL');
  });
  const lines: string[] = [];
  const waiting = new Set<() => void>();
  createInterface({ input: child.stdout as NodeJS.ReadableStream }).on('line', (line) => {
    lines.push(line);
    waiting.forEach((look) => look());
  });
  const line = (start: string): Promise<string> =>
    new Promise((resolve) => {
      const look = (): void => {
        const found = lines.find((each) => each.startsWith(start));
        if (found !== undefined) {
          waiting.delete(look);
          resolve(found.slice(start.length));
        }
      };
      waiting.add(look);
      look();
    });
  const ended = once(child, 'exit').then(([code, signal]) => ({
    code: code as number | null,
    signal: signal as NodeJS.Signals | null,
  }));
  return {
    child,
    base: `http://127.0.0.1:${await line('port ')}`,
    entered: async (path) => {
      await line(`entered ${path}`);
    },
    ended,
    get log() {
      return lines.filter((each) => each.startsWith('log ')).map((each) => each.slice('log '.length));
    },
  };
}
