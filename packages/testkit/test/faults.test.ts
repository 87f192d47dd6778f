import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';

// The short form of `npm run test:faults`: what is stored, by rows against what the load sent. F11 is
// packages/core/test/node-postgres/transaction-pooling.test.ts; F4 is in the long form only.
const run = promisify(execFile);
const rootFolder = fileURLToPath(new URL('../../..', import.meta.url));
const faults = ['F1', 'F2', 'F3', 'F5', 'F6', 'F7', 'F8', 'F9', 'F10', 'F12'];

it('loses nothing and stores nothing twice, whatever is done to the database, the network, the disk and the process', async () => {
  const env = { ...process.env, NODE_OPTIONS: '', NODE_ENV: 'development', VITEST: '' };

  const { stdout, stderr } = await run(process.execPath, ['faults/src/run.mjs', '--short', ...faults], {
    cwd: rootFolder,
    env,
  }).catch((error: { stdout: string; stderr: string }) => error);

  expect(stdout.trim().split('\n').at(-1), `${stdout}\n${stderr}`).toMatch(/^\d+ passed, 0 failed$/);
}, 240_000);
