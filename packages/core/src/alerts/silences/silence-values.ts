import { createHash } from 'node:crypto';
import { assertArguments, assertLimit } from '../../arguments/assert-arguments.ts';
import { assertText } from '../../arguments/assert-text.ts';
import { describeValue } from '../../arguments/describe-value.ts';
import { ObservabilityError } from '../../errors/observability-error.ts';
import type { ResolvedAlertOptions } from '../alert-options.ts';
import { toNote, toProse } from '../alert-values.ts';
import { globToLike } from './glob.ts';
import type { SilenceFilter, SilenceInput, SilenceMatchers } from './silence.ts';

/** What `silence` was given, as the statements take it. */
export interface SilenceValues {
  /** Of the matchers; the first parameter of each statement. */
  hash: string;
  /** The parameters of `upsertSilence`. */
  values: readonly (string | number | null)[];
  by: string;
}

const FIELDS = ['alertType', 'severity', 'serviceName', 'title', 'labels'] as const;
const MAX_LABELS = 16;
const MAX_GLOB_CHARACTERS = 256;
const MAX_SILENCE_MS = 366 * 86_400_000;

/**
 * Checks the argument of `silence`.
 * @throws `INVALID_ARGUMENT`
 */
export function silenceToValues(
  input: SilenceInput,
  { redact }: ResolvedAlertOptions,
  nowMs: number,
): SilenceValues {
  assertArguments(
    input,
    'The argument of silence',
    "{ matchers: { alertType: 'queue_*' }, forMs: 3_600_000, by: 'ann' }",
  );
  const fields = matchersToFields(input.matchers);
  const { untilMs, forMs } = resolveEnd(input, nowMs);
  const by = toProse('by', input.by, 256, redact);
  const patterns = fields.map(([field, glob]) => [field, globToLike(glob)]);
  const hash = createHash('sha256').update(JSON.stringify(patterns)).digest('hex');
  return {
    hash,
    values: [
      hash,
      JSON.stringify(input.matchers),
      JSON.stringify(Object.fromEntries(patterns)),
      by,
      toNote(input.note, redact),
      untilMs,
      forMs,
    ],
    by,
  };
}

/** Checks the argument of `silences` and puts it in the order of `selectSilences`. @throws `INVALID_ARGUMENT` */
export function silenceFilterToValues(filter: SilenceFilter): readonly [boolean, number] {
  assertArguments(filter, 'The argument of silences', '{ includeEnded: true }');
  const { includeEnded = false, limit = 100 } = filter;
  if (typeof includeEnded !== 'boolean') {
    throw invalid('includeEnded', includeEnded, 'true or false');
  }
  assertLimit(limit);
  return [includeEnded, limit];
}

/** Each matcher by its field, in one order, so that the same matchers have the same hash. */
function matchersToFields(matchers: unknown): [field: string, glob: string][] {
  assertArguments(matchers, 'matchers', "{ alertType: 'queue_*', labels: { queue: 'mail' } }");
  const unknown = Object.keys(matchers).find((key) => !(FIELDS as readonly string[]).includes(key));
  if (unknown !== undefined) {
    throw invalid('a key of matchers', unknown, FIELDS.join(', '));
  }
  const { labels, ...others } = matchers as SilenceMatchers;
  const fields = Object.entries(others)
    .filter((entry): entry is [string, string] => entry[1] !== undefined)
    .map(([field, glob]): [string, string] => [field, assertGlob(`matchers.${field}`, glob)]);
  const all = [...fields, ...labelsToFields(labels)];
  if (all.length === 0) {
    throw new ObservabilityError(
      'INVALID_ARGUMENT',
      "matchers has none; expected at least one. { alertType: '*' } is everything.",
    );
  }
  return all.sort(([one], [other]) => (one < other ? -1 : 1));
}

function labelsToFields(labels: unknown): [field: string, glob: string][] {
  if (labels === undefined) {
    return [];
  }
  assertArguments(labels, 'matchers.labels', "{ queue: 'mail' }");
  const entries = Object.entries(labels);
  if (entries.length > MAX_LABELS) {
    throw invalid('matchers.labels', labels, `at most ${MAX_LABELS} labels`);
  }
  return entries.map(([name, glob]) => {
    assertText(name, { name: 'a name in matchers.labels', code: 'INVALID_ARGUMENT', maxCharacters: 256 });
    return [`label:${name}`, assertGlob(`matchers.labels[${describeValue(name)}]`, glob)];
  });
}

function assertGlob(name: string, glob: unknown): string {
  assertText(glob, {
    name,
    code: 'INVALID_ARGUMENT',
    maxCharacters: MAX_GLOB_CHARACTERS,
    hint: '* stands for any text, ? for one character.',
  });
  return glob;
}

function resolveEnd(
  { until, forMs }: { until?: unknown; forMs?: unknown },
  nowMs: number,
): { untilMs: number | null; forMs: number } {
  if ((until === undefined) === (forMs === undefined)) {
    throw new ObservabilityError(
      'INVALID_ARGUMENT',
      `silence got ${until === undefined ? 'neither until nor forMs' : 'both until and forMs'}; expected one of them, for every silence ends.`,
    );
  }
  if (until === undefined) {
    if (typeof forMs !== 'number' || !(forMs >= 1 && forMs <= MAX_SILENCE_MS)) {
      throw invalid('forMs', forMs, `milliseconds from 1 to ${MAX_SILENCE_MS} (366 days)`);
    }
    return { untilMs: null, forMs };
  }
  const untilMs = until instanceof Date ? until.getTime() : until;
  if (typeof untilMs !== 'number' || !(untilMs > nowMs && untilMs <= nowMs + MAX_SILENCE_MS)) {
    throw invalid('until', until, 'a Date, or milliseconds since 1970, in the next 366 days');
  }
  return { untilMs, forMs: 0 };
}

function invalid(name: string, got: unknown, expected: string): ObservabilityError {
  return new ObservabilityError(
    'INVALID_ARGUMENT',
    `${name} is ${describeValue(got)}; expected ${expected}.`,
  );
}
