import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { describe, expect, it, vi } from 'vitest';

const source = fileURLToPath(new URL('../src/postgres/index.ts', import.meta.url));
const rootFolder = fileURLToPath(new URL('../../..', import.meta.url));

/** A program that starts a server, tells its folder and waits; vite loads the TypeScript for it. */
const program = `
  import { runnerImport } from 'vite';
  const { module } = await runnerImport(${JSON.stringify(source)}, { configFile: false, logLevel: 'silent' });
  const server = await module.startPostgres({ isDurable: false });
  console.log(server.dataDir);
  process.stdin.once('data', () => process.exit(0)).resume();
`;

async function startOwner(): Promise<{ owner: ChildProcess; dataDir: string; serverPid: number }> {
  const owner = spawn(process.execPath, ['--input-type=module', '-e', program], {
    cwd: rootFolder,
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const lines = createInterface({ input: owner.stdout ?? process.stdin });
  const [dataDir] = (await once(lines, 'line')) as [string];
  const state = JSON.parse(readFileSync(join(dataDir, 'run.json'), 'utf8')) as { serverPid: number };
  return { owner, dataDir, serverPid: state.serverPid };
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

describe('a server whose owner ends without stopping it', () => {
  it.each<[string, (owner: ChildProcess) => unknown]>([
    ['kill -9', (owner) => owner.kill('SIGKILL')],
    ['SIGTERM', (owner) => owner.kill('SIGTERM')],
    ['Ctrl-C', (owner) => owner.kill('SIGINT')],
    ['process.exit', (owner) => owner.stdin?.write('\n')],
  ])('goes with its data after %s', async (_name, endOwner) => {
    const { owner, dataDir, serverPid } = await startOwner();
    expect(isAlive(serverPid)).toBe(true);

    endOwner(owner);
    await once(owner, 'exit');

    await vi.waitFor(() => expect([isAlive(serverPid), existsSync(dataDir)]).toEqual([false, false]), {
      timeout: 20_000,
      interval: 20,
    });
  });
});
