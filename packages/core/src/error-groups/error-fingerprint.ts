import { createHash } from 'node:crypto';

/** What makes two errors the same: service, type, normalised message and culprit. 64 hex digits of a SHA-256. */
export function createErrorFingerprint(
  serviceName: string,
  exceptionType: string,
  normalisedMessage: string,
  culprit: string | undefined,
): string {
  // As JSON, so that no two different lists are joined to the same text.
  return createHash('sha256')
    .update(JSON.stringify([serviceName, exceptionType, normalisedMessage, culprit ?? null]))
    .digest('hex');
}
