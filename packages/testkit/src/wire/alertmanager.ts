import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { accessSync, constants, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

/** A running Alertmanager. */
export interface Alertmanager {
  /** Address of its API, for example `http://127.0.0.1:9093`. */
  url: string;
  close(): Promise<void>;
}

const NAMES = ['prometheus-alertmanager', 'alertmanager'];
const ATTEMPTS = 200;
const ATTEMPT_INTERVAL_MS = 100;

/** Where the program is; undefined where Alertmanager is not installed. */
export function findAlertmanager(): string | undefined {
  const folders = (process.env['PATH'] ?? '').split(delimiter);
  return folders.flatMap((folder) => NAMES.map((name) => join(folder, name))).find(isProgram);
}

/**
 * Starts an Alertmanager on 127.0.0.1 that tells nobody.
 *
 * @throws {Error} when it is not installed, or does not start.
 */
export async function startAlertmanager(): Promise<Alertmanager> {
  const program = findAlertmanager();
  if (program === undefined) {
    throw new Error('Alertmanager is not installed: apt-get install prometheus-alertmanager');
  }
  const folder = mkdtempSync(join(tmpdir(), 'pg-observability-alertmanager-'));
  const file = join(folder, 'alertmanager.yml');
  writeFileSync(file, 'route:\n  receiver: nobody\nreceivers:\n  - name: nobody\n');
  const url = `http://127.0.0.1:${await findFreePort()}`;
  const child = spawn(
    program,
    [
      `--config.file=${file}`,
      `--storage.path=${folder}`,
      `--web.listen-address=${new URL(url).host}`,
      // No cluster, so no further port.
      '--cluster.listen-address=',
    ],
    { stdio: 'ignore' },
  );
  await untilReady(child, url);
  return {
    url,
    close: async () => {
      if (child.exitCode === null) {
        child.kill('SIGTERM');
        setTimeout(() => child.kill('SIGKILL'), 5_000).unref();
        await once(child, 'exit');
      }
      rmSync(folder, { recursive: true, force: true });
    },
  };
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

async function untilReady(child: ChildProcess, url: string): Promise<void> {
  for (let attempt = 0; attempt < ATTEMPTS && child.exitCode === null; attempt += 1) {
    const isReady = await fetch(`${url}/-/ready`).then(
      ({ ok }) => ok,
      () => false,
    );
    if (isReady) {
      return;
    }
    await delay(ATTEMPT_INTERVAL_MS);
  }
  child.kill('SIGKILL');
  throw new Error(`Alertmanager does not answer at ${url} (exit code ${child.exitCode})`);
}
