import { AlertManager } from '@pg-observability/core';
import type {
  AlertChangeHook,
  AlertFilter,
  AlertOptions,
  RaiseAlertInput,
  SilenceFilter,
  SilenceInput,
  SqlStore,
} from '@pg-observability/core';
import { describe, expect, it } from 'vitest';
import type { AlertContext } from './alert-contract-context.ts';
import { rejection, rejectionCode } from './error-code.ts';
import { createNotNames, NOT_METADATA } from './hostile-values.ts';

const NOT_IDS: readonly unknown[] = [
  0,
  -1,
  1.5,
  Number.NaN,
  Infinity,
  2_147_483_648,
  '1',
  1n,
  null,
  undefined,
  {},
  [1],
];

// Text for people is mended and not refused where only its characters are bad.
const MENDED = new Set(['with NUL', 'with a lone surrogate']);

/** Each bad argument is refused, and nothing is stored. */
export function describeAlertBadInput({ manager, store }: AlertContext): void {
  const raise = (input: object): Promise<unknown> =>
    manager().raise({
      alertType: 'bad input',
      severity: 'info',
      title: 'title',
      ...input,
    });

  describe('bad input', () => {
    it.each(Object.entries(createNotNames(128)))('refuses a type that is %s', async (_what, alertType) => {
      const codes = await Promise.all([
        rejectionCode(raise({ alertType })),
        rejectionCode(manager().list({ alertType: alertType as string })),
      ]);

      expect(codes).toEqual(codes.map(() => 'INVALID_ARGUMENT'));
    });

    it.each(Object.entries(createNotNames(256)))(
      'refuses a fingerprint that is %s',
      async (_what, fingerprint) => {
        const codes = await Promise.all([
          rejectionCode(raise({ fingerprint })),
          rejectionCode(manager().resolveByFingerprint(fingerprint as string)),
        ]);

        expect(codes).toEqual(codes.map(() => 'INVALID_ARGUMENT'));
      },
    );

    it.each(Object.entries(createNotNames(65_536)).filter(([what]) => !MENDED.has(what)))(
      'refuses a title, message, name or note that is %s',
      async (_what, given) => {
        const text = given as string;
        const codes = await Promise.all([
          rejectionCode(raise({ title: text })),
          rejectionCode(raise({ message: text === '' ? ' ' : text })),
          rejectionCode(manager().acknowledge(1, text)),
          rejectionCode(manager().acknowledge(1, 'ann', text)),
          rejectionCode(manager().resolve(1, text)),
          rejectionCode(manager().resolve(1, 'ann', text)),
        ]);

        expect(codes).toEqual(codes.map(() => 'INVALID_ARGUMENT'));
      },
    );

    it.each(['', 'INFO', 'fatal', 'warn', null, undefined, 3, ['info'], '__proto__'])(
      'refuses the severity %j',
      async (severity) => {
        expect(await rejectionCode(raise({ severity }))).toBe('INVALID_ARGUMENT');
      },
    );

    it.each([
      ...['fatal', null, 3].map((severity) => ({ severity })),
      ...['open', '', null, 3].map((state) => ({ state })),
      ...[0, -1, 1.5, 10_001, Number.NaN, '10', null].map((limit) => ({ limit })),
    ])('refuses the filter %j', async (filter) => {
      expect(await rejectionCode(manager().list(filter as AlertFilter))).toBe('INVALID_ARGUMENT');
    });

    it.each(Object.entries(NOT_METADATA))('refuses metadata that is %s', async (_what, metadata) => {
      expect(await rejectionCode(raise({ metadata }))).toBe('INVALID_ARGUMENT');
    });

    it('refuses what is no id', async () => {
      const codes = await Promise.all(
        NOT_IDS.flatMap((id) => [
          rejectionCode(manager().get(id as number)),
          rejectionCode(manager().acknowledge(id as number, 'ann')),
          rejectionCode(manager().resolve(id as number)),
          rejectionCode(manager().history(id as number)),
          rejectionCode(manager().unsilence(id as number)),
        ]),
      );

      expect(codes).toEqual(codes.map(() => 'INVALID_ARGUMENT'));
    });

    it.each([undefined, null, 'alert', [], 5])('refuses %s in place of named arguments', async (value) => {
      const codes = await Promise.all([
        rejectionCode(manager().raise(value as unknown as RaiseAlertInput)),
        rejectionCode(manager().list((value ?? null) as AlertFilter)),
        rejectionCode(manager().silence(value as unknown as SilenceInput)),
        rejectionCode(manager().silences((value ?? null) as SilenceFilter)),
      ]);

      expect(codes).toEqual(codes.map(() => 'INVALID_ARGUMENT'));
    });

    it.each([
      null,
      'text',
      ['a'],
      5,
      { a: null },
      { a: {} },
      { a: 1n },
      { '': 'x' },
      { a: () => 1 },
      createLabels(65),
    ])('refuses the labels %#', async (labels) => {
      expect(await rejectionCode(raise({ labels }))).toBe('INVALID_ARGUMENT');
    });

    it.each([-1, Number.NaN, Infinity, 2_678_400_001, '5', null, 1n])(
      'refuses the cooldown %#',
      async (cooldownMs) => {
        expect(await rejectionCode(raise({ cooldownMs }))).toBe('INVALID_ARGUMENT');
      },
    );

    it.each(Object.entries(createNotNames(128)))('refuses a heartbeat that is %s', async (_what, name) => {
      expect(await rejectionCode(manager().heartbeat(name as string))).toBe('INVALID_ARGUMENT');
    });

    it.each(Object.entries(createNotNames(256)))('refuses a matcher that is %s', async (_what, matcher) => {
      const codes = await Promise.all(
        [{ alertType: matcher }, { title: matcher }, { labels: { queue: matcher } }].map((matchers) =>
          rejectionCode(manager().silence({ matchers, forMs: 1_000, by: 'ann' } as SilenceInput)),
        ),
      );

      expect(codes).toEqual(codes.map(() => 'INVALID_ARGUMENT'));
    });

    it.each([
      { matchers: null },
      { matchers: {} },
      { matchers: { labels: {} } },
      { matchers: { labels: 'queue' } },
      { matchers: { labels: { '': 'x' } } },
      { matchers: { labels: createLabels(17) } },
      { matchers: { message: 'x' } },
      { matchers: JSON.parse('{ "__proto__": "x" }') as unknown },
      { forMs: undefined },
      { until: new Date(Date.now() + 1_000) },
      ...[0, -1, Number.NaN, Infinity, 31_622_400_001, '5', null, 5n].map((forMs) => ({ forMs })),
      ...[0, new Date(0), new Date(Number.NaN), Date.now() * 2, '2099', Infinity, null].map((until) => ({
        until,
        forMs: undefined,
      })),
      ...[undefined, null, '', ' ', 5, 'x'.repeat(257)].map((by) => ({ by })),
      ...['', 5, 'x'.repeat(4_097)].map((note) => ({ note })),
    ])('refuses the silence %#', async (input) => {
      const silence = { matchers: { alertType: 'bad input' }, forMs: 1_000, by: 'ann', ...input };

      expect(await rejectionCode(manager().silence(silence as SilenceInput))).toBe('INVALID_ARGUMENT');
    });

    it.each([{ includeEnded: 1 }, { includeEnded: null }, { limit: 0 }, { limit: '5' }, { limit: 10_001 }])(
      'refuses the filter of silences %j',
      async (filter) => {
        expect(await rejectionCode(manager().silences(filter as SilenceFilter))).toBe('INVALID_ARGUMENT');
      },
    );

    it('says what came, in one short line without credentials', async () => {
      const error = await rejection(raise({ severity: 'postgres://app:hunter2@db/shop\r\nx' }));

      expect(error?.message).toMatch(/^\[INVALID_ARGUMENT\] severity is [^\r\n]+$/);
      expect(error?.message).not.toContain('hunter2');
    });

    it('has stored nothing of all that', async () => {
      const { rows } = await store().query(
        "select count(*)::int as count from observability.alerts where alert_type = 'bad input'",
      );

      expect(rows).toEqual([{ count: 0 }]);
    });

    it('takes the longest texts, an empty message, and quotes and SQL in names', async () => {
      const alertType = "'; drop schema observability cascade; -- $1";

      const alert = await raise({ alertType, title: 'x'.repeat(512), message: 'y'.repeat(65_536) });
      const silent = await raise({ alertType, title: 'silent', message: '' });

      expect(alert).toMatchObject({ alertType, title: 'x'.repeat(512), message: 'y'.repeat(65_536) });
      expect(silent).toMatchObject({ message: '' });
    });

    it('refuses bad options and stores when it is made', () => {
      const bad: unknown[] = [
        null,
        'shop',
        { redact: 'all' },
        { serviceName: '' },
        { serviceName: 5 },
        { cooldownMs: -1 },
        { cooldownMs: '5' },
        { cooldownMs: Infinity },
      ];

      const codes = bad.map((options) => constructionCode(store(), options));
      const storeCodes = [undefined, null, {}, 'postgres://'].map((value) => constructionCode(value, {}));

      expect(codes).toEqual(bad.map(() => 'INVALID_OPTION'));
      expect(storeCodes).toEqual(storeCodes.map(() => 'INVALID_ARGUMENT'));
      expect(constructionCode(store(), {}, 'all')).toBe('INVALID_OPTION');
    });
  });
}

function createLabels(count: number): Record<string, string> {
  return Object.fromEntries(Array.from({ length: count }, (_, n) => [`label ${n}`, 'x']));
}

function constructionCode(store: unknown, options: unknown, onChange?: unknown): string | undefined {
  try {
    new AlertManager(store as SqlStore, options as AlertOptions, onChange as AlertChangeHook);
    return 'accepted';
  } catch (error) {
    return (error as { code?: string }).code;
  }
}
