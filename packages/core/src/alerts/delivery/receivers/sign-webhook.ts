import { createHmac } from 'node:crypto';

const PREFIX = 'whsec_';
const BASE64 = /^[A-Za-z0-9+/]+={0,2}$/;

/** The bytes of a secret of Standard Webhooks; undefined where it is none. */
export function secretToKey(secret: unknown): Buffer | undefined {
  if (typeof secret !== 'string' || secret.length > 200 || !secret.startsWith(PREFIX)) {
    return undefined;
  }
  const encoded = secret.slice(PREFIX.length);
  const key = Buffer.from(encoded, 'base64');
  return BASE64.test(encoded) && key.length >= 24 && key.length <= 64 ? key : undefined;
}

/**
 * The headers of a signed message: HMAC-SHA256 over ID, time and body, once for each secret.
 *
 * @param timestampSeconds epoch seconds of the attempt; receivers refuse what is minutes old
 * @source https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
 */
export function signWebhook(
  messageId: string,
  timestampSeconds: number,
  body: string,
  keys: readonly Buffer[],
): Record<string, string> {
  const signed = `${messageId}.${timestampSeconds}.${body}`;
  const signatures = keys.map((key) => `v1,${createHmac('sha256', key).update(signed).digest('base64')}`);
  return {
    'webhook-id': messageId,
    'webhook-timestamp': String(timestampSeconds),
    ...(signatures.length === 0 ? {} : { 'webhook-signature': signatures.join(' ') }),
  };
}
