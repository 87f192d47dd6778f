import { expect, it } from 'vitest';
import { createAlertFingerprint } from '../../src/alerts/alert-fingerprint.ts';

it('is the same for the same type, title and service, and another one for any other', () => {
  const triples: [string, string, string | null][] = [
    ['a', 'b', 'c'],
    ['ab', '', 'c'],
    ['a', 'bc', null],
    ['a', 'b', null],
    ['a', 'b', 'null'],
    ['a","b', '', 'c'],
  ];

  const fingerprints = triples.map((triple) => createAlertFingerprint(...triple));

  expect(new Set(fingerprints).size).toBe(triples.length);
  expect(createAlertFingerprint('a', 'b', 'c')).toBe(fingerprints[0]);
});
