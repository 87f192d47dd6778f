import { AlertManager } from '@pg-observability/core';
import type { AlertFilter, AlertOptions, RaiseAlertInput, SqlStore } from '@pg-observability/core';
import { describe, expect, it } from 'vitest';
import type { AlertContext } from './alert-contract.ts';
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
        ]),
      );

      expect(codes).toEqual(codes.map(() => 'INVALID_ARGUMENT'));
    });

    it.each([undefined, null, 'alert', [], 5])('refuses %s in place of named arguments', async (value) => {
      const codes = await Promise.all([
        rejectionCode(manager().raise(value as unknown as RaiseAlertInput)),
        rejectionCode(manager().list((value ?? null) as AlertFilter)),
      ]);

      expect(codes).toEqual(codes.map(() => 'INVALID_ARGUMENT'));
    });

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
      const bad: unknown[] = [null, 'shop', { redact: 'all' }, { serviceName: '' }, { serviceName: 5 }];

      const codes = bad.map((options) => constructionCode(store(), options));
      const storeCodes = [undefined, null, {}, 'postgres://'].map((value) => constructionCode(value, {}));

      expect(codes).toEqual(bad.map(() => 'INVALID_OPTION'));
      expect(storeCodes).toEqual(storeCodes.map(() => 'INVALID_ARGUMENT'));
    });
  });
}

function constructionCode(store: unknown, options: unknown): string | undefined {
  try {
    new AlertManager(store as SqlStore, options as AlertOptions);
    return 'accepted';
  } catch (error) {
    return (error as { code?: string }).code;
  }
}
