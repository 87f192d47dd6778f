import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { ERROR_CODES, ObservabilityError } from '@pg-observability/core';

it('says the same about every code in the source and in docs/errors.md', () => {
  const documentation = readFileSync(new URL('../../../../docs/errors.md', import.meta.url), 'utf8');

  const documented = Object.fromEntries(
    [...documentation.matchAll(/^\| `([A-Z_]+)` \| (.+?) \|/gm)].map(([, code, meaning]) => [code, meaning]),
  );

  expect(documented).toEqual(ERROR_CODES);
});

it('puts the code first in the message and keeps the cause', () => {
  const cause = new Error('underneath');

  const error = new ObservabilityError('STORE_FAILED', 'What came.', { cause });

  expect({ message: error.message, code: error.code, cause: error.cause, name: error.name }).toEqual({
    message: '[STORE_FAILED] What came.',
    code: 'STORE_FAILED',
    cause,
    name: 'ObservabilityError',
  });
});

it('recognises an error of another copy of the library', () => {
  const foreign = { [Symbol.for('pg-observability.error')]: true, code: 'STORE_CLOSED' };

  expect([foreign instanceof ObservabilityError, new Error('x') instanceof ObservabilityError]).toEqual([
    true,
    false,
  ]);
});
