/**
 * Milliseconds that a header `Retry-After` asks to wait: a number of seconds, or a date. Undefined where it says nothing that can
 * be understood.
 * @source https://www.rfc-editor.org/rfc/rfc9110#field.retry-after
 */
export function retryAfterToMs(header: string | null, nowMs: number): number | undefined {
  const text = header?.trim() ?? '';
  if (/^\d{1,9}$/.test(text)) {
    return Number(text) * 1_000;
  }
  // Only dates of HTTP: Date.parse takes much else for one, "5.5" for the fifth of May.
  const time = /^[A-Z][a-z]+,? /.test(text) ? Date.parse(text) : Number.NaN;
  return Number.isFinite(time) ? Math.max(0, time - nowMs) : undefined;
}
