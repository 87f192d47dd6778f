import { createHash } from 'node:crypto';

/** What makes two alerts the same one, unless the caller says: 64 hex digits of a SHA-256. */
export function createAlertFingerprint(alertType: string, title: string, serviceName: string | null): string {
  // As JSON, so that no two different triples are joined to the same text.
  return createHash('sha256')
    .update(JSON.stringify([alertType, title, serviceName]))
    .digest('hex');
}
