import type { JsonValue } from '../../sanitize/clean-json.ts';
import type { AlertChange } from '../alert-change.ts';
import type { Alert, AlertState } from '../alert.ts';

// Each receiver has a copy in its row; who needs more finds it in the alert.
const MAX_METADATA_CHARACTERS = 16_384;

const DATES = ['triggeredAt', 'lastTriggeredAt', 'acknowledgedAt', 'resolvedAt', 'silencedUntil'] as const;

/** A change as it is stored: the alert as it was then, times in ISO 8601. */
export function changeToJson({ alert, from, to, at, by, note }: AlertChange): string {
  const isLong = JSON.stringify(alert.metadata).length > MAX_METADATA_CHARACTERS;
  const kept = isLong ? { ...alert, metadata: { omitted: 'too long, see the alert' } } : alert;
  return JSON.stringify({ from, to, at, by: by ?? null, note: note ?? null, alert: kept });
}

/** The same, read back. */
export function jsonToChange(value: unknown): AlertChange {
  const stored = (typeof value === 'string' ? JSON.parse(value) : value) as StoredChange;
  const alert: Record<string, unknown> = { ...stored.alert };
  for (const name of DATES) {
    const time = stored.alert[name];
    alert[name] = typeof time === 'string' ? new Date(time) : null;
  }
  return {
    alert: alert as unknown as Alert,
    from: stored.from,
    to: stored.to,
    at: new Date(stored.at),
    ...(stored.by === null ? {} : { by: stored.by }),
    ...(stored.note === null ? {} : { note: stored.note }),
  };
}

interface StoredChange {
  from: AlertState | null;
  to: AlertState;
  at: string;
  by: string | null;
  note: string | null;
  alert: Record<string, JsonValue>;
}
