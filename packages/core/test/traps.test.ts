import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const root = fileURLToPath(new URL('../../../', import.meta.url));
const rows = [
  ...readFileSync(`${root}docs/traps.md`, 'utf8').matchAll(/^\| (\d+) \| (.+?) \| (.+?) \|$/gm),
].map(([, number, trap, cell]) => ({ number: Number(number), trap, cell: cell ?? '' }));
const tests = rows.flatMap(({ number, cell }) =>
  [...cell.matchAll(/`([^`]+)` › "([^"]+)"/g)].map(([, file = '', name = '']) => ({ number, file, name })),
);

describe('docs/traps.md', () => {
  it('has all 39 traps, in order', () => {
    expect(rows.map(({ number }) => number)).toEqual(Array.from({ length: 39 }, (_, index) => index + 1));
  });

  it('has for each a test, or the reason why there is none', () => {
    const withoutEither = rows.filter(
      ({ number, cell }) => !tests.some((test) => test.number === number) && !/^No test: .{40,}/.test(cell),
    );

    expect(withoutEither).toEqual([]);
  });

  it.each(tests)('names a test that exists for trap $number: $name', ({ file, name }) => {
    const source = readFileSync(`${root}${file}`, 'utf8');

    const isThere = [`'${name}'`, `"${name}"`, `\`${name}\``].some((literal) => source.includes(literal));

    expect(isThere).toBe(true);
  });
});

const packages = ['core', 'express', 'nestjs', 'typeorm'];

describe('the packages', () => {
  // `enterWith` has no end: what runs later on the same socket would still be in it.
  it.each(packages)('%s: never enters a context without leaving it', (name) => {
    const folder = `${root}packages/${name}/src`;
    const sources = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((file) =>
      file.endsWith('.ts'),
    );

    const entering = sources.filter((file) =>
      readFileSync(`${folder}/${file}`, 'utf8').includes('enterWith'),
    );

    expect([sources.length > 0, entering]).toEqual([true, []]);
  });

  // A copy of its own beside that of the application would keep spans in a context nobody reads.
  it.each(packages)('%s: depends on OpenTelemetry, drivers and frameworks only as peers', (name) => {
    const manifest = JSON.parse(readFileSync(`${root}packages/${name}/package.json`, 'utf8')) as {
      dependencies?: Record<string, string>;
    };

    expect(Object.keys(manifest.dependencies ?? {})).toEqual([]);
  });
});
