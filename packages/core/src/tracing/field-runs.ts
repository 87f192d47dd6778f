import type { RowBuffer } from '../ingest/row-buffer.ts';

/** A field that has come the same twice, as it is written. */
export interface RepeatedField {
  lastField: Buffer;
}

interface Run {
  readonly end: number;
  readonly fields: readonly Buffer[];
  readonly bytes: Buffer;
}

/**
 * Fields that stand side by side and come the same in span after span, written at once: method, scheme, host and agent of the
 * requests of a service hardly ever change.
 */
export class FieldRuns {
  /** By the place of their first field. */
  readonly #runs: Run[] = [];

  /** Writes the last fields from `start` up to `end`. */
  write(keys: readonly RepeatedField[], start: number, end: number, rows: RowBuffer): void {
    if (start < end) {
      const known = this.#runs[start];
      rows.write(
        (known !== undefined && isSame(known, keys, start, end) ? known : this.#join(keys, start, end)).bytes,
      );
    }
  }

  #join(keys: readonly RepeatedField[], start: number, end: number): Run {
    const fields = keys.slice(start, end).map(({ lastField }) => lastField);
    const run = { end, fields, bytes: Buffer.concat(fields) };
    this.#runs[start] = run;
    return run;
  }
}

function isSame(
  { end, fields }: Run,
  keys: readonly RepeatedField[],
  start: number,
  wanted: number,
): boolean {
  if (end !== wanted) {
    return false;
  }
  for (let index = 0; index < fields.length; index += 1) {
    if (fields[index] !== keys[start + index]?.lastField) {
      return false;
    }
  }
  return true;
}
