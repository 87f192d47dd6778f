import type { Type } from '@nestjs/common';
import { readdirSync, readFileSync } from 'node:fs';
import { expect, it } from 'vitest';

const folder = new URL('../src/', import.meta.url);

/** The classes of this package that Nest makes and whose constructors take something. */
async function injectableClasses(): Promise<Type[]> {
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter(
    (file) => file.endsWith('.ts') && /^@Injectable\(/mu.test(readFileSync(new URL(file, folder), 'utf8')),
  );
  const modules = await Promise.all(
    files.map((file) => import(new URL(file, folder).href) as Promise<Record<string, unknown>>),
  );
  return modules
    .flatMap((module) => Object.values(module))
    .filter((value): value is Type => typeof value === 'function' && /^class\b/u.test(String(value)))
    .filter(({ length }) => length > 0);
}

/** How many parameters `@Inject` names a token for. */
function countTokens(type: Type): number {
  const declared = (Reflect.getMetadata('self:paramtypes', type) ?? []) as { param: unknown }[];
  return declared.filter(({ param }) => param !== undefined).length;
}

// Types imported only as types leave no metadata in ES modules, and Nest would inject undefined.
it('names a token for every parameter of every class that Nest makes', async () => {
  const classes = await injectableClasses();

  const incomplete = classes.filter((type) => countTokens(type) !== type.length).map(({ name }) => name);

  expect([classes.map(({ name }) => name), incomplete]).toEqual([
    expect.arrayContaining(['RequestTelemetry', 'ObservabilityLifecycle', 'ObservabilityHealthIndicator']),
    [],
  ]);
});
