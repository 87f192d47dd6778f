import { describeValue } from '../arguments/describe-value.ts';
import { ObservabilityError } from '../errors/observability-error.ts';

/** How telemetry waits for the database. */
export interface IngestOptions {
  /** Bytes of encoded rows kept in memory at most. Default 67,108,864 (64 MiB). */
  maxQueuedBytes?: number | undefined;
  /**
   * Where rows wait on disk while the database is away; false keeps them in memory only. They survive `kill -9` and are stored
   * by the next process of the service that writes to the same database. Nothing is written while the database answers. Default: what the variable
   * `PG_OBSERVABILITY_SPOOL` says, a folder or `off`; else on.
   */
  spool?: boolean | SpoolSettings | undefined;
  /**
   * Records once a metrics window what became of telemetry as metrics in the same store: stored, dropped by reason, retried,
   * waiting, bytes, time a batch took. Nothing in a window in which nothing else was recorded. Default true.
   */
  metrics?: boolean | undefined;
}

/** Where and how much waits on disk. */
export interface SpoolSettings {
  /** A folder, made with mode 0700; relative to the working directory. Default `.observability/spool`. */
  directory?: string | undefined;
  /** Bytes at most; what comes past it stays in memory. Default 268,435,456 (256 MiB). */
  maxBytes?: number | undefined;
  /** Days after which rows are given up. Default 7, at most 7: the database remembers for longer what it has stored. */
  maxAgeDays?: number | undefined;
}

/** {@link IngestOptions} with the defaults filled in. */
export interface ResolvedIngest {
  readonly maxQueuedBytes: number;
  readonly metrics: boolean;
  /** Undefined keeps rows in memory only. */
  readonly spool:
    | { readonly directory: string; readonly maxBytes: number; readonly maxAgeMs: number }
    | undefined;
}

const MIB = 1_048_576;
const DAY_MS = 86_400_000;

/**
 * Checks the options and fills the defaults in.
 * @throws `INVALID_OPTION`
 */
export function resolveIngest(
  options: IngestOptions = {},
  environment: Record<string, string | undefined> = process.env,
): ResolvedIngest {
  if (typeof options !== 'object' || options === null) {
    throw invalid('ingest', options, 'an object, for example { spool: false }');
  }
  return Object.freeze({
    maxQueuedBytes: wholeNumber('ingest.maxQueuedBytes', options.maxQueuedBytes, 64 * MIB, 2 ** 40),
    metrics: resolveSwitch('ingest.metrics', options.metrics, true),
    spool: resolveSpool(options.spool ?? spoolOfEnvironment(environment)),
  });
}

function resolveSwitch(name: string, value: unknown, fallback: boolean): boolean {
  if (value === undefined || typeof value === 'boolean') {
    return value ?? fallback;
  }
  throw invalid(name, value, `true or false; the default is ${fallback}`);
}

// As with OpenTelemetry's variables, empty is unset.
function spoolOfEnvironment({
  PG_OBSERVABILITY_SPOOL: value,
}: Record<string, string | undefined>): boolean | SpoolSettings {
  if (value === undefined || value === '') {
    return true;
  }
  return value.toLowerCase() === 'off' ? false : { directory: value };
}

function resolveSpool(spool: unknown): ResolvedIngest['spool'] {
  if (spool === false) {
    return undefined;
  }
  if (spool !== true && (typeof spool !== 'object' || spool === null)) {
    throw invalid(
      'ingest.spool',
      spool,
      "true, false or settings such as { directory: '/var/spool/orders' }",
    );
  }
  const {
    directory = '.observability/spool',
    maxBytes,
    maxAgeDays,
  } = (spool === true ? {} : spool) as SpoolSettings;
  if (typeof directory !== 'string' || directory === '' || directory.includes('\0')) {
    throw invalid(
      'ingest.spool.directory',
      directory,
      "the path of a folder, for example '.observability/spool'",
    );
  }
  return Object.freeze({
    directory,
    maxBytes: wholeNumber('ingest.spool.maxBytes', maxBytes, 256 * MIB, 2 ** 40),
    maxAgeMs: wholeNumber('ingest.spool.maxAgeDays', maxAgeDays, 7, 7) * DAY_MS,
  });
}

function wholeNumber(name: string, value: unknown, fallback: number, most: number): number {
  if (value === undefined) {
    return fallback;
  }
  if (typeof value !== 'number' || !Number.isInteger(value) || value < 1 || value > most) {
    throw invalid(name, value, `a whole number from 1 to ${most}; the default is ${fallback}`);
  }
  return value;
}

function invalid(name: string, value: unknown, expected: string): ObservabilityError {
  return new ObservabilityError(
    'INVALID_OPTION',
    `${name} is ${describeValue(value)}; expected ${expected}.`,
  );
}
