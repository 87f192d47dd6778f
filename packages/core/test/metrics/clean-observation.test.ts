import { describe, expect, it } from 'vitest';
import { cleanObservation } from '../../src/metrics/clean-observation.ts';
import { defaultRedact } from '../../src/sanitize/redact.ts';

const VALID = { name: 'orders', type: 'counter', value: 1, labels: undefined, unit: undefined };

function clean(changes: Partial<Record<keyof typeof VALID, unknown>>): { result: unknown; mended: string[] } {
  const mended: string[] = [];
  const onMended = (reason: string): number => mended.push(reason);
  const result = cleanObservation({ ...VALID, ...changes }, { redact: defaultRedact, onMended });
  return { result, mended };
}

describe('cleanObservation', () => {
  it('passes on what is right', () => {
    const answer = clean({ labels: { zone: 'eu', retries: 2, cold: true }, unit: 's' });

    const labels = { zone: 'eu', retries: '2', cold: 'true' };
    expect(answer).toEqual({
      result: { observation: { name: 'orders', type: 'counter', value: 1, labels, unit: 's' } },
      mended: [],
    });
  });

  it.each([
    [{ type: 'summary' }, 'invalid_type'],
    [{ type: undefined }, 'invalid_type'],
    [{ name: '' }, 'invalid_name'],
    [{ name: Symbol('orders') }, 'invalid_name'],
    [{ value: '1' }, 'invalid_value'],
    [{ value: Number.NaN }, 'invalid_value'],
    [{ value: Number.NEGATIVE_INFINITY }, 'invalid_value'],
    [{ value: 10n ** 400n }, 'invalid_value'],
    [{ value: -1e-300 }, 'negative_counter'],
  ])('refuses %o', (changes, refused) => {
    expect(clean(changes).result).toEqual({ refused });
  });

  it.each([
    [{ name: 'x'.repeat(256) }, { name: 'x'.repeat(255) }, 'name'],
    [{ name: 'a\0b' }, { name: 'a\ufffdb' }, 'name'],
    [{ value: 12n }, { value: 12 }, 'bigint_value'],
    [{ unit: 5 }, { unit: null }, 'unit'],
    [{ unit: 's'.repeat(100) }, { unit: 's'.repeat(63) }, 'unit'],
  ])('mends %o', (changes, expected, reason) => {
    const { result, mended } = clean(changes);

    expect(result).toMatchObject({ observation: expected });
    expect(mended).toEqual([reason]);
  });
});
