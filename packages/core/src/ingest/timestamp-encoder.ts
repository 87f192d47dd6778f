import type { HrTime } from '../tracing/opentelemetry-types.ts';
import type { RowBuffer } from './row-buffer.ts';

const UTC: Buffer = Buffer.from('+00');

/** Writes times as timestamptz in UTC, cut to microseconds. Spans come by the second, so its text is kept. */
export class TimestampEncoder {
  #second = Number.NaN;
  #secondText = '';
  #secondBytes: Buffer = Buffer.alloc(0);

  /** Writes seconds and nanoseconds since 1970. */
  write([seconds, nanoseconds]: HrTime, rows: RowBuffer): void {
    // Somebody else's SDK may count more than a second of nanoseconds, or less than none.
    const carry = Math.floor(nanoseconds / 1e9);
    this.#write(seconds + carry, Math.floor((nanoseconds - carry * 1e9) / 1e3), rows);
  }

  /** @param epochMs milliseconds since 1970, with a fraction where there is one */
  writeMs(epochMs: number, rows: RowBuffer): void {
    const microseconds = Math.floor(epochMs * 1e3);
    const second = Math.floor(microseconds / 1e6);
    this.#write(second, microseconds - second * 1e6, rows);
  }

  /** @param epochMs milliseconds since 1970, with a fraction where there is one */
  encodeMs(epochMs: number): string {
    const microseconds = Math.round(epochMs * 1e3);
    const second = Math.floor(microseconds / 1e6);
    this.#turnTo(second);
    return `${this.#secondText}${String(1_000_000 + microseconds - second * 1e6).slice(1)}+00`;
  }

  #write(second: number, microsecond: number, rows: RowBuffer): void {
    this.#turnTo(second);
    rows.write(this.#secondBytes);
    rows.writeDigits(microsecond, 6);
    rows.write(UTC);
  }

  #turnTo(second: number): void {
    if (second !== this.#second) {
      // Throws for what is no time, before anything is remembered.
      this.#secondText = new Date(second * 1e3).toISOString().slice(0, 20);
      this.#secondBytes = Buffer.from(this.#secondText);
      this.#second = second;
    }
  }
}
