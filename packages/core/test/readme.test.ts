import { context, propagation, trace } from '@opentelemetry/api';
import { fileURLToPath } from 'node:url';
import { afterEach, expect, it, vi } from 'vitest';
import { importCode, readCodeBlocks, testDatabase } from '@pg-observability/testkit';

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
  async (_, code) => {
    const database = await testDatabase();
    vi.stubEnv('DATABASE_URL', database.url);
    const lines: string[] = [];
    vi.spyOn(console, 'log').mockImplementation((...values: unknown[]) => {
      lines.push(
        values.map((value) => (typeof value === 'string' ? value : inspectOnOneLine(value))).join(' '),
      );
    });

    await importCode(code, here);

    const promised = [...code.matchAll(/console\.log\(.*\); \/\/ (.+)$/gm)].map(([, answer]) => answer);
    expect(lines).toEqual(promised);
  },
);

function inspectOnOneLine(value: unknown): string {
  return Array.isArray(value)
    ? `[ ${value.map((each) => (typeof each === 'string' ? `'${each}'` : String(each))).join(', ')} ]`
    : String(value);
}

it('has examples', () => {
  expect(blocks.length).toBeGreaterThanOrEqual(5);
});
