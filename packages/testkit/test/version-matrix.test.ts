import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';

// The two rows of `npm run test:matrix` that matter most: what many teams have, and the OpenTelemetry that development, which
// stays on Node.js 20, never sees. Both on packed packages, installed by npm with lockfiles of their own.
const run = promisify(execFile);
const rootFolder = fileURLToPath(new URL('../../..', import.meta.url));
const installMs = 240_000;

it(
  'serves NestJS 11 with TypeORM 0.3, and OpenTelemetry API 1.10 with SDK 3.1, from packed packages',
  async () => {
    const words = ['nest-11-typeorm-0.3 nest-express node-20', 'opentelemetry-3 nest-express node-24'];

    // Vitest's own settings for Node.js would reach the test runner of the rows.
    const env = { ...process.env, NODE_OPTIONS: '', NODE_ENV: 'development', VITEST: '' };
    const result = await run(process.execPath, ['scripts/matrix.mjs', ...words], {
      cwd: rootFolder,
      env,
    }).catch((error: { stdout: string }) => error);

    expect(result.stdout.trim().split('\n').at(-1), result.stdout).toBe('2 passed, 0 failed');
  },
  installMs,
);
