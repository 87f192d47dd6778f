import { describe, expect, it } from 'vitest';
import { HealthChecker } from '../../src/health/health-checker.ts';
import { resolveGroups } from '../../src/health/health-groups.ts';
import { createQuietLogger } from '@pg-observability/testkit';
import { createDeferred } from './deferred.ts';

const CHECKS = ['database', 'search', '__proto__'];

describe('resolveGroups', () => {
  it.each([
    [{}, { live: [], ready: CHECKS, startup: [] }],
    [
      { deep: ['search', 'search'], ready: { exclude: ['search'] } },
      { live: [], ready: ['database', '__proto__'], startup: [], deep: ['search'] },
    ],
    [
      { live: ['search'], startup: { include: ['database', 'search'], exclude: ['search'] }, ready: [] },
      { live: ['search'], ready: [], startup: ['database'] },
    ],
    [
      { a: {}, constructor: ['__proto__'] },
      { live: [], ready: CHECKS, startup: [], a: CHECKS, constructor: ['__proto__'] },
    ],
  ])('chooses by name, case %$', (given, expected) => {
    expect(Object.fromEntries(resolveGroups(given, CHECKS))).toEqual(expected);
  });

  it('names the checks there are where a group names one there is not', () => {
    expect(() => resolveGroups({ deep: ['serach'] }, CHECKS)).toThrow(
      '[INVALID_OPTION] A name in groups.deep of HealthChecker is "serach"; expected one of the checks: "database", "search", "__proto__".',
    );
  });

  it.each([
    null,
    5,
    [],
    { deep: null },
    { deep: 'database' },
    { deep: [undefined] },
    { deep: [5] },
    { deep: { include: 'database' } },
    { deep: { exclude: ['nobody'] } },
    { '': [] },
    { 'a b': [] },
    { '../etc': [] },
    { ['x'.repeat(10_000_000)]: [] },
    { search: ['database'] },
  ])('refuses what is no group, case %$', (given) => {
    expect(() => resolveGroups(given as never, CHECKS)).toThrow(/^\[INVALID_OPTION\] .{1,500}$/s);
  });
});

describe('the groups of a HealthChecker', () => {
  const create = (options: ConstructorParameters<typeof HealthChecker>[1]): HealthChecker =>
    new HealthChecker(undefined, { logger: createQuietLogger(), ...options });

  it('look at their own checks, whatever the others say', async () => {
    const health = create({
      checks: { fine: () => true, bad: () => false, slow: { check: () => false, critical: false } },
      groups: { ready: ['fine'], deep: ['fine', 'bad'], ops: ['slow'] },
    });

    const names = ['ready', 'deep', 'ops', 'live', 'startup'];
    const answers = await Promise.all(names.map((name) => health.group(name)));

    expect(answers.map(({ status, message }) => `${status}: ${message}`)).toEqual([
      'up: ready',
      'down: down: bad',
      'degraded: degraded: slow',
      'up: alive',
      'up: started',
    ]);
    expect(Object.keys(answers[1]?.details ?? {})).toEqual(['fine', 'bad']);
    expect(health.groupNames).toEqual(['deep', 'ops']);
  });

  it.each(['nobody', '', 5, undefined, '__proto__', 'x'.repeat(1_000)])(
    'are refused by another name, case %$',
    async (name) => {
      const refusal = create({ groups: { deep: [] } }).group(name as string);

      await expect(refusal).rejects.toThrow(/^\[INVALID_ARGUMENT\] .*live, ready, startup, deep\. .{1,60}$/);
    },
  );

  it('let liveness fail where it is told to look, and only then', async () => {
    const health = create({
      checks: { heap: () => false, database: () => false },
      groups: { live: ['heap'], ready: ['database'] },
    });

    const { status, details } = await health.liveness();

    expect([status, Object.keys(details ?? {})]).toEqual(['down', ['heap']]);
  });

  it('hold readiness and the start back until all of the start have passed', async () => {
    let isLoaded = false;
    const health = create({
      checks: { prices: () => isLoaded, other: () => true },
      groups: { startup: ['prices'], ready: ['other'] },
    });
    const before = [await health.readiness(), await health.startup()];
    const lifecycles = [health.lifecycle];
    isLoaded = true;
    const after = await health.readiness();
    lifecycles.push(health.lifecycle);
    health.setDraining(true);
    lifecycles.push(health.lifecycle, health.stats().lifecycle);

    expect(before.map(({ status, message }) => `${status}: ${message}`)).toEqual([
      'down: down: prices',
      'down: down: prices',
    ]);
    expect([after.status, Object.keys(after.details ?? {})]).toEqual(['up', ['other']]);
    expect(lifecycles).toEqual(['starting', 'ready', 'draining', 'draining']);
  });

  it('of your own neither wait for the start nor refuse while draining', async () => {
    const health = create({ startupCheck: () => false, groups: { deep: [] } });
    health.setDraining(true);

    expect((await health.group('deep')).status).toBe('up');
    expect((await health.group('ready')).message).toBe('draining');
  });

  it('answer at once for a check in the background: down before its first answer, in live up', async () => {
    const first = createDeferred<boolean>();
    const health = create({
      checks: { slow: { check: () => first.promise, background: true, timeoutMs: 60_000 } },
      groups: { live: ['slow'] },
    });
    const before = [await health.readiness(), await health.liveness()];
    // The first probe has started it; a later one finds its answer.
    first.resolve(true);
    await expect.poll(async () => (await health.readiness()).status).toBe('up');
    await health.shutdown();

    expect(before.map(({ status, details }) => [status, details?.['slow']?.message])).toEqual([
      ['down', 'has not answered yet'],
      ['up', 'has not answered yet'],
    ]);
    expect((await health.readiness()).details?.['slow']).toMatchObject({
      status: 'up',
      ageMs: expect.any(Number),
    });
  });
});
