import { fileURLToPath } from 'node:url';
import { expect, it, vi } from 'vitest';
import { importCode, readCodeBlocks, testDatabase } from '@pg-observability/testkit';

const blocks = await readCodeBlocks(new URL('../../../README.md', import.meta.url));
// The others are excerpts; each has its whole in the README of its package.
const complete = blocks.filter((code) => code.startsWith('import'));

it('has a complete example for Express and one for plain Node', () => {
  expect(complete.map((code) => /from '@pg-observability\/(\w+)'/.exec(code)?.[1])).toEqual([
    'express',
    'core',
  ]);
});

it.each(complete)('runs a complete example of the README at the root', async (code) => {
  const database = await testDatabase();
  vi.stubEnv('DATABASE_URL', database.url);

  await importCode(code, fileURLToPath(new URL('.', import.meta.url)));

  vi.unstubAllEnvs();
});
