import { createHash } from 'node:crypto';
import { describeValue } from '../arguments/describe-value.ts';
import { ObservabilityError } from '../errors/observability-error.ts';

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/**
 * A workflow's ID in lower case, as PostgreSQL writes it.
 * @param name - name of the argument, for the message
 * @throws `WORKFLOW_ID_INVALID` when it is not a UUID of 36 characters (any version)
 */
export function toWorkflowId(value: unknown, name: string = 'workflowId'): string {
  if (typeof value !== 'string' || value.length !== 36 || !UUID.test(value)) {
    throw new ObservabilityError(
      'WORKFLOW_ID_INVALID',
      `${name} is ${describeValue(value)}; expected a UUID such as 0b7e1c52-6f0d-4c6e-9a51-2f1c1d3f8a77. Make one with crypto.randomUUID().`,
    );
  }
  return value.toLowerCase();
}

/**
 * The ID of a workflow that is created with an `idempotencyKey` and without an ID: the same for the same type and key, so
 * that a repeated creation meets the first one.
 * @returns a UUID of version 8, whose content is up to its maker
 * @source https://www.rfc-editor.org/rfc/rfc9562#section-5.8
 */
export function workflowIdFromKey(workflowType: string, idempotencyKey: string): string {
  const hash = createHash('sha256')
    .update(JSON.stringify([workflowType, idempotencyKey]))
    .digest('hex');
  const variant = ((Number.parseInt(hash.charAt(16), 16) & 0x3) | 0x8).toString(16);
  return [
    hash.slice(0, 8),
    hash.slice(8, 12),
    `8${hash.slice(13, 16)}`,
    `${variant}${hash.slice(17, 20)}`,
    hash.slice(20, 32),
  ].join('-');
}
