import type { IngestSignal } from '../ingest/encoded-batch.ts';

/** What the name of a batch's file tells, so that order and sums need no look inside, and a damaged file can be counted. */
export interface SpoolFileName {
  readonly batchId: string;
  readonly signal: IngestSignal;
  readonly rowCount: number;
  /** Epoch milliseconds. */
  readonly cutAtMs: number;
  /** Counts up with each file of a folder: breaks ties of `cutAtMs`. */
  readonly order: number;
}

// 64 halvings part more rows than a batch can hold, and the name stays below the 255 bytes of a file system.
const BATCH_ID = /^[0-9a-f]{32}(?:\/[01]){0,64}$/;

/** Written aside once, to learn whether a folder can be written. */
export const PROBE_NAME: string = 'probe';

const FILE_NAME = /^(\d{16})-(\d{10})-(spans|metrics)-(\d{10})-([0-9a-f]{32}(?:\.[01]){0,64})\.batch$/;

/** Whether a text can be the ID of a batch: 32 hex digits, and `/0` or `/1` for each halving. */
export function isBatchId(value: unknown): value is string {
  return typeof value === 'string' && BATCH_ID.test(value);
}

/** `<cut at>-<order>-<signal>-<rows>-<id>.batch`; only digits, lower-case letters, dots and dashes come of it. */
export function toFileName(name: SpoolFileName): string {
  const cutAt = String(Math.floor(name.cutAtMs)).padStart(16, '0');
  const order = String(name.order).padStart(10, '0');
  const rowCount = String(name.rowCount).padStart(10, '0');
  return `${cutAt}-${order}-${name.signal}-${rowCount}-${name.batchId.replaceAll('/', '.')}.batch`;
}

/** Undefined for whatever is not the name of a batch's file. */
export function fromFileName(text: string): SpoolFileName | undefined {
  const match = FILE_NAME.exec(text);
  if (match === null) {
    return undefined;
  }
  const [, cutAt, order, signal, rowCount, id] = match as unknown as [string, ...string[]] & string[];
  return {
    cutAtMs: Number(cutAt),
    order: Number(order),
    signal: signal as IngestSignal,
    rowCount: Number(rowCount),
    batchId: (id as string).replaceAll('.', '/'),
  };
}

/** A file that is being written; renamed to its own name when it is whole. */
export function toAsideName(fileName: string): string {
  return `${fileName}.aside`;
}

/** Whether it is the rest of a file whose writer ended before it was whole. */
export function isAsideName(text: string): boolean {
  const whole = text.endsWith('.aside') ? text.slice(0, -'.aside'.length) : '';
  return whole === PROBE_NAME || fromFileName(whole) !== undefined;
}
