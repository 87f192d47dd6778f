import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

/** One example service as a process of its own. */
export interface ServiceProcess {
  name: string;
  url: string;
  pid: number;
  /** What it has written so far. */
  output(): string;
  /** Sends a signal, and answers how it ended. */
  end(signal: NodeJS.Signals): Promise<{ code: number | null; signal: NodeJS.Signals | null }>;
  stop(): Promise<void>;
}

const READY_TIMEOUT_MS = 30_000;

/** Starts a service and waits until its readiness probe says yes. */
export async function startService(
  name: string,
  port: number,
  environment: Record<string, string>,
): Promise<ServiceProcess> {
  const main = join(packageFolder(`@pg-observability/app-${name}`), 'dist', 'main.js');
  const child = spawn(process.execPath, ['--enable-source-maps', main], {
    env: { ...process.env, ...environment, PORT: String(port) },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const output: string[] = [];
  child.stdout.on('data', (chunk: Buffer) => output.push(chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => output.push(chunk.toString()));
  const url = `http://127.0.0.1:${port}`;
  try {
    await untilReady(child, `${url}/readyz`);
  } catch (error) {
    child.kill('SIGKILL');
    throw new Error(`${name} did not start: ${(error as Error).message}\n${output.join('').slice(-4_000)}`, {
      cause: error,
    });
  }
  return {
    name,
    url,
    pid: child.pid ?? 0,
    output: () => output.join(''),
    end: (signal) => end(child, signal),
    stop: () => stop(child),
  };
}

async function untilReady(child: ChildProcess, probeUrl: string): Promise<void> {
  const deadline = Date.now() + READY_TIMEOUT_MS;
  while (Date.now() < deadline) {
    if (child.exitCode !== null || child.signalCode !== null) {
      throw new Error(`it ended with ${child.exitCode ?? child.signalCode}`);
    }
    const ready = await fetch(probeUrl).then(
      (response) => response.ok,
      () => false,
    );
    if (ready) {
      return;
    }
    await delay(50);
  }
  throw new Error(`not ready after ${READY_TIMEOUT_MS / 1_000} s`);
}

async function end(
  child: ChildProcess,
  signal: NodeJS.Signals,
): Promise<{ code: number | null; signal: NodeJS.Signals | null }> {
  if (child.exitCode === null && child.signalCode === null) {
    const ended = new Promise((resolve) => child.once('exit', resolve));
    child.kill(signal);
    await ended;
  }
  return { code: child.exitCode, signal: child.signalCode };
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) {
    return;
  }
  const ended = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGTERM');
  const timer = setTimeout(() => child.kill('SIGKILL'), 8_000);
  await ended;
  clearTimeout(timer);
}

function packageFolder(name: string): string {
  return dirname(createRequire(import.meta.url).resolve(`${name}/package.json`));
}
