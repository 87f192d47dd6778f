import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';

it('stores spans, a workflow and a metric with no server at all, and finds them the next time', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'quickstart-'));
  const main = fileURLToPath(new URL('../dist/main.js', import.meta.url));
  const run = async (): Promise<string> => {
    const environment = { ...process.env, NODE_PATH: '', NODE_OPTIONS: '', QUICKSTART_DATA_DIR: folder };
    return (await promisify(execFile)(process.execPath, [main], { env: environment })).stdout;
  };

  const first = await run();
  const second = await run();
  await rm(folder, { recursive: true, force: true });

  expect(first).toMatch(/operation_name: 'place order'/);
  expect(first).toMatch(/operation_name: 'charge card'/);
  expect(first).toMatch(/workflows +\[ 'paid\/completed' \]/);
  expect(first).toMatch(/readiness +up/);
  expect(second).toMatch(/workflows +\[ 'paid\/completed', 'paid\/completed' \]/);
}, 60_000);
