import { expect, it } from 'vitest';
import { toWorkflowId, workflowIdFromKey } from '../../src/workflows/workflow-id.ts';

it('derives one and the same UUID of version 8 from a type and a key', () => {
  const ids = Array.from({ length: 200 }, (_, n) => workflowIdFromKey('order', `key ${n}`));

  expect(
    ids.every((id) => /^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/.test(id)),
  ).toBe(true);
  expect(new Set(ids).size).toBe(200);
  expect(workflowIdFromKey('order', 'key 0')).toBe(ids[0]);
});

it('tells a type and a key from the same text cut elsewhere', () => {
  expect(workflowIdFromKey('a', 'bc')).not.toBe(workflowIdFromKey('ab', 'c'));
});

it('never changes what it derives, because workflows that were created before must be found', () => {
  expect(workflowIdFromKey('order', 'payment-7')).toMatchInlineSnapshot(
    `"aef65222-8c47-87cf-b1c6-8e67c15dcee4"`,
  );
});

it('writes an ID as PostgreSQL does', () => {
  expect(toWorkflowId('0B7E1C52-6F0D-4C6E-9A51-2F1C1D3F8A77')).toBe('0b7e1c52-6f0d-4c6e-9a51-2f1c1d3f8a77');
});
