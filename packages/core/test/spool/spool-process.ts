import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import { onTestFinished } from 'vitest';

const module = (path: string): string =>
  JSON.stringify(new URL(`../../dist/spool/${path}`, import.meta.url).href);

// Known to each script: `say` prints a line and `line` waits for one; both in order.
const HEAD = `
import { createInterface } from 'node:readline';
import { openSpool } from ${module('open-spool.js')};
const say = (value) => process.stdout.write(JSON.stringify(value) + '\\n');
const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]();
const line = () => lines.next();
// Whatever becomes of the test: nobody writes on without it.
process.stdin.on('end', () => process.exit());
const idOf = (number) => number.toString(16).padStart(32, '0');
const makeBatch = (batchId, rows = 'a\\n', cutAtMs = 1) => ({
  batchId, signal: 'spans', columns: ['trace_id'], rowCount: rows.split('\\n').length - 1, partitionTimes: [0],
  origins: { resources: [], scopes: [] }, cutAtMs, rows: Buffer.from(rows),
});
const open = () => openSpool({
  directory: process.env.DIRECTORY, serviceName: 'orders', maxBytes: 1e9, maxAgeMs: Infinity,
  knownColumns: { spans: new Set(['trace_id']), metrics: new Set() },
  onDropped: (...drop) => say({ drop }),
});
`;

export interface SpoolProcess {
  pid: number;
  /** The next line it prints, as JSON; undefined when it has ended. */
  next(): Promise<unknown>;
  write(line: string): void;
  /** Ends it as \`kill -9\` does, and waits until it is gone. */
  kill(): Promise<void>;
  /** Exit code, and what it wrote to stderr. */
  ended: Promise<[number | null, string]>;
}

/** Runs a script against the built spool in a process of its own; through bash where a limit must be set before. */
export function runProcess(directory: string, script: string, bashBefore = ''): SpoolProcess {
  const child = spawn(
    'bash',
    ['-c', `${bashBefore} exec "$0" "$@"`, process.execPath, '--input-type=module', '-e', HEAD + script],
    { env: { ...process.env, NODE_OPTIONS: '', DIRECTORY: directory }, stdio: 'pipe' },
  );
  const exited = once(child, 'exit');
  const stderr = text(child.stderr);
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  // It may end before it has read what we write.
  child.stdin.on('error', () => undefined);
  const kill = async (): Promise<void> => {
    child.kill('SIGKILL');
    await exited;
  };
  onTestFinished(kill);
  return {
    pid: child.pid as number,
    next: async () => {
      const { value, done } = await lines.next();
      return done === true ? undefined : (JSON.parse(value) as unknown);
    },
    write: (line) => child.stdin.write(`${line}\n`),
    kill,
    ended: exited.then(async ([code]) => [code as number | null, await stderr]),
  };
}

/** All further lines of a process that ends by itself. */
export async function restOf(process: SpoolProcess): Promise<unknown[]> {
  const lines: unknown[] = [];
  for (let line = await process.next(); line !== undefined; line = await process.next()) {
    lines.push(line);
  }
  return lines;
}
