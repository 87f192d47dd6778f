import { fileURLToPath } from 'node:url';
import { expect, it, vi } from 'vitest';
import { importCode, readCodeBlocks } from '@pg-observability/testkit';

it('runs the example of the README as it says', async () => {
  const [code = ''] = await readCodeBlocks(new URL('../README.md', import.meta.url));
  const log = vi.spyOn(console, 'log').mockImplementation(() => undefined);

  await importCode(code, fileURLToPath(new URL('.', import.meta.url)));

  expect(log.mock.calls).toEqual([[[{ one: 1 }]]]);
  log.mockRestore();
});
