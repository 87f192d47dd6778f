import type { HrTime } from '../tracing/opentelemetry-types.ts';

/** Writes times as timestamptz in UTC, cut to microseconds. Spans come by the second, so its text is kept. */
export class TimestampEncoder {
  #second = Number.NaN;
  #secondText = '';

  encode([seconds, nanoseconds]: HrTime): string {
    // Somebody else's SDK may count more than a second of nanoseconds, or less than none.
    const carry = Math.floor(nanoseconds / 1e9);
    return this.#toText(seconds + carry, Math.floor((nanoseconds - carry * 1e9) / 1e3));
  }

  /** @param epochMs milliseconds since 1970, with a fraction where there is one */
  encodeMs(epochMs: number): string {
    const microseconds = Math.round(epochMs * 1e3);
    const second = Math.floor(microseconds / 1e6);
    return this.#toText(second, microseconds - second * 1e6);
  }

  #toText(second: number, microsecond: number): string {
    if (second !== this.#second) {
      this.#second = second;
      this.#secondText = new Date(second * 1e3).toISOString().slice(0, 20);
    }
    return `${this.#secondText}${String(1_000_000 + microsecond).slice(1)}+00`;
  }
}
