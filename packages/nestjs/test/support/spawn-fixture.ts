import { fork } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';

/** An application of `test/fixtures` as a process of its own. */
export interface Fixture {
  readonly child: ChildProcess;
  /** What it has written to stdout and stderr so far. */
  readonly output: readonly string[];
  /** Resolves with the next message of this type; rejects when the process ends before. */
  message<Body = unknown>(type: string): Promise<Body>;
  /** Resolves when it has written this text. */
  written(text: string): Promise<void>;
  /** Resolves with how the process ended. */
  readonly ended: Promise<{ code: number | null; signal: NodeJS.Signals | null }>;
}

/** Starts a fixture; one that a failed test leaves behind is killed. */
export function spawnFixture(name: string, environment: Record<string, string>): Fixture {
  const runner = fileURLToPath(new URL('run-from-source.mjs', import.meta.url));
  const file = fileURLToPath(new URL(`../fixtures/${name}.ts`, import.meta.url));
  const child = fork(runner, [file], {
    env: { ...process.env, NODE_ENV: 'test', ...environment },
    silent: true,
  });
  onTestFinished(() => {
    child.kill('SIGKILL');
  });
  const output: string[] = [];
  child.stdout?.on('data', (chunk: Buffer) => output.push(String(chunk)));
  child.stderr?.on('data', (chunk: Buffer) => output.push(String(chunk)));
  const ended = once(child, 'exit').then(([code, signal]) => ({
    code: code as number | null,
    signal: signal as NodeJS.Signals | null,
  }));
  return {
    child,
    output,
    ended,
    message: (type) => nextMessage(child, output, type),
    written: (text) => untilWritten(child, output, text),
  };
}

function nextMessage<Body>(child: ChildProcess, output: readonly string[], type: string): Promise<Body> {
  return new Promise((resolve, reject) => {
    const onMessage = (message: { type: string; body: Body }): void => {
      if (message.type === type) {
        settle();
        resolve(message.body);
      }
    };
    const onExit = (): void => {
      settle();
      reject(new Error(`The fixture ended before it said "${type}":\n${output.join('')}`));
    };
    const settle = (): void => {
      child.off('message', onMessage);
      child.off('exit', onExit);
    };
    child.on('message', onMessage);
    child.on('exit', onExit);
  });
}

async function untilWritten(child: ChildProcess, output: readonly string[], text: string): Promise<void> {
  while (!output.join('').includes(text)) {
    // Nest writes its log to stdout.
    await once(child.stdout ?? child, 'data');
  }
}
