import { describe, expect, it } from 'vitest';
import { runInNewContext } from 'node:vm';
import { ObservabilityError } from '../../src/errors/observability-error.ts';
import { metadataToJson } from '../../src/arguments/metadata.ts';
import { createRedact } from '../../src/sanitize/redact.ts';
import type { Redact } from '../../src/sanitize/redact.ts';

const toJson = (value: unknown, redact: Redact = createRedact()): string =>
  metadataToJson(value, { code: 'WORKFLOW_METADATA_INVALID', redact });

const refusal = (value: unknown): string => {
  try {
    return `accepted: ${toJson(value).slice(0, 100)}`;
  } catch (error) {
    return error instanceof ObservabilityError ? error.message : `threw ${String(error)}`;
  }
};

describe('metadata', () => {
  it('leaves out undefined, as JSON does', () => {
    expect(toJson({ a: undefined, b: { c: undefined } })).toBe('{"b":{}}');
  });

  it('takes the same object twice where it does not contain itself', () => {
    const address = { city: 'Ulm' };

    expect(JSON.parse(toJson({ from: address, to: address }))).toEqual({ from: address, to: address });
  });

  it('takes plain objects and Dates of another realm, and objects without a prototype', () => {
    const foreign: unknown = runInNewContext('({ list: [{ at: new Date(0) }] })');
    const bare = Object.assign(Object.create(null) as object, { a: 1 });

    expect([toJson(foreign), toJson(bare)]).toEqual([
      '{"list":[{"at":"1970-01-01T00:00:00.000Z"}]}',
      '{"a":1}',
    ]);
  });

  it('takes 64 levels, and refuses 65', () => {
    const nest = (levels: number): unknown => JSON.parse(`${'{"a":'.repeat(levels)}1${'}'.repeat(levels)}`);

    expect([refusal(nest(64)).slice(0, 8), refusal(nest(65)).slice(0, 27)]).toEqual([
      'accepted',
      '[WORKFLOW_METADATA_INVALID]',
    ]);
  });

  it('asks redact for every key and every element of a list, and drops what it answers undefined for', () => {
    const asked: string[] = [];
    const redact: Redact = (key, value) => {
      asked.push(key);
      return value === 'drop' ? undefined : value;
    };

    const json = toJson({ a: 'drop', list: ['keep', 'drop'], deep: { b: 1 } }, redact);

    expect(JSON.parse(json)).toEqual({ list: ['keep', null], deep: { b: 1 } });
    expect(asked).toEqual(['a', 'list', 'list', 'list', 'deep', 'b']);
  });

  it('keeps null where it removes a key, even of a secret, and masks it deeper down only where redact does', () => {
    const redact: Redact = (key, value) => (key === 'pin' ? '****' : value);

    expect(toJson({ pin: null, card: { pin: null } }, redact)).toBe('{"pin":null,"card":{"pin":"****"}}');
  });

  it('says where the trouble is, in one line', () => {
    const messages = [
      refusal({ lines: [{ price: 1n }] }),
      refusal({ 'a\r\nb': Number.NaN }),
      refusal({ ['k'.repeat(1_000_000)]: () => 1 }).length < 400,
      refusal(new Map()),
    ];

    expect(messages).toEqual([
      expect.stringContaining('"metadata.lines[0].price" is a bigint, which JSON cannot hold'),
      expect.stringContaining('"metadata.a\\r\\nb" is NaN'),
      true,
      expect.stringContaining('metadata is an object; expected a plain object'),
    ]);
  });

  it('refuses what throws while it is read', () => {
    const revoked = Proxy.revocable({}, {});
    revoked.revoke();

    expect([refusal({ a: revoked.proxy }).slice(0, 27), refusal(revoked.proxy).slice(0, 27)]).toEqual([
      '[WORKFLOW_METADATA_INVALID]',
      '[WORKFLOW_METADATA_INVALID]',
    ]);
  });
});
