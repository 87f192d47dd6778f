import { context, propagation, trace } from '@opentelemetry/api';
import { importCode, readCodeBlocks, testDatabase } from '@pg-observability/testkit';
import { fileURLToPath } from 'node:url';
import { inspect } from 'node:util';
import { afterEach, expect, it, vi } from 'vitest';

const blocks = await readCodeBlocks(new URL('../README.md', import.meta.url));
const here = fileURLToPath(new URL('.', import.meta.url));

afterEach(() => {
  vi.unstubAllEnvs();
  vi.restoreAllMocks();
  trace.disable();
  context.disable();
  propagation.disable();
});

it.each(blocks.map((code, index) => [index + 1, code] as const))(
  'runs example %i of the README as it says',
  async (_number, code) => {
    vi.stubEnv('DATABASE_URL', (await testDatabase()).url);
    const lines: string[] = [];
    vi.spyOn(console, 'log').mockImplementation((value: unknown) => {
      lines.push(typeof value === 'string' ? value : inspect(value));
    });

    await importCode(code, here);

    const promised = [...code.matchAll(/console\.log\(.*\); \/\/ (.+)$/gm)].map(([, answer]) => answer);
    expect(promised.length).toBeGreaterThan(0);
    expect(lines).toEqual(promised);
  },
);

it('has examples', () => {
  expect(blocks.length).toBe(5);
});
