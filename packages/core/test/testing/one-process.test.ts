import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';

const run = promisify(execFile);
const program = fileURLToPath(new URL('one-process/run-vitest.mjs', import.meta.url));

it('leaves nothing to the next test file of the same process, with isolate: false', async () => {
  // Settings of the vitest that runs this test would reach the one inside.
  const env = { ...process.env, NODE_OPTIONS: '', VITEST: '', VITEST_POOL_ID: '', NO_COLOR: '1' };

  const result = await run(process.execPath, [program], { env }).catch(
    (error: { stdout: string; stderr: string }) => error,
  );

  const said = `${result.stdout}${result.stderr}`;
  expect(said).toMatch(/Tests +6 passed \(6\)/);
  expect(said).toContain('test files in this process: 2');
});
