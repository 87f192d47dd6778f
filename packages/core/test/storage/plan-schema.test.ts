import { expect, it } from 'vitest';
import { planSchema } from '../../src/storage/schema/plan-schema.ts';

const migrations = [
  { version: 2, minCompatible: 1, name: '0002_a.sql', text: '' },
  { version: 3, minCompatible: 3, name: '0003_b.sql', text: '' },
];

it.each([
  ['nothing installed, ensure', undefined, 'ensure', { step: 'install', version: 3, minCompatible: 3 }],
  ['nothing installed, verify', undefined, 'verify', { step: 'refuse', code: 'SCHEMA_MISSING' }],
  [
    'older, ensure',
    { version: 1, minCompatible: 1 },
    'ensure',
    { step: 'migrate', from: 1, migration: migrations[0] },
  ],
  [
    'older by one, ensure',
    { version: 2, minCompatible: 1 },
    'ensure',
    { step: 'migrate', from: 2, migration: migrations[1] },
  ],
  [
    'older, verify',
    { version: 1, minCompatible: 1 },
    'verify',
    { step: 'refuse', code: 'SCHEMA_INCOMPATIBLE' },
  ],
  ['the same', { version: 3, minCompatible: 3 }, 'ensure', { step: 'none', version: 3 }],
  ['newer and compatible', { version: 9, minCompatible: 3 }, 'ensure', { step: 'none', version: 9 }],
  [
    'newer and not',
    { version: 9, minCompatible: 4 },
    'ensure',
    { step: 'refuse', code: 'SCHEMA_INCOMPATIBLE' },
  ],
] as const)('plans the next step: %s', (_case, installed, mode, expected) => {
  expect(planSchema(installed, migrations, mode)).toMatchObject(expected);
});
