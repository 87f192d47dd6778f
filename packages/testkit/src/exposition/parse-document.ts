import { checkFamily, checkNames } from './check-family.ts';
import type { DocumentFormat, ParsedFamily, ParsedSample } from './parsed-document.ts';

const NAME = '[a-zA-Z_:][a-zA-Z0-9_:]*';
const NUMBER = '[+-]?(?:[0-9]+(?:\\.[0-9]*)?(?:e[+-]?[0-9]+)?)|[+-]Inf|NaN';
const LABELS = '\\{(?<labels>(?:[^"}]|"(?:[^"\\\\]|\\\\.)*")*)\\}';
const SAMPLE = new RegExp(`^(?<name>${NAME})(?:${LABELS})? (?<value>${NUMBER})(?<rest>.*)$`, 'u');
const EXEMPLAR = new RegExp(`^ # ${LABELS} (?<value>${NUMBER})(?: (?<time>[0-9]+(?:\\.[0-9]+)?))?$`, 'u');
const LABEL = /^(?<name>[a-zA-Z_][a-zA-Z0-9_]*)="(?<value>(?:[^"\\\n]|\\["\\n])*)"(?:,(?=.)|$)/u;
const COMMENT = new RegExp(`^# (?<kind>HELP|TYPE|UNIT) (?<name>${NAME}) (?<text>.*)$`, 'u');

/**
 * Reads a document of metrics as strictly as the two specifications are written, and checks it as a whole: each family once and
 * in one piece, each sample once, names that fit the type, buckets that rise, exemplars inside of their bucket.
 *
 * @throws {Error} with the line, where the document is not valid
 * @source https://github.com/prometheus/OpenMetrics/blob/v1.0.0/specification/OpenMetrics.md
 * @source https://github.com/prometheus/docs/blob/main/docs/instrumenting/exposition_formats.md
 */
export function parseDocument(text: string, format: DocumentFormat): Map<string, ParsedFamily> {
  const families = new Map<string, ParsedFamily>();
  let current: ParsedFamily | undefined;
  for (const line of toLines(text, format)) {
    try {
      const comment = COMMENT.exec(line)?.groups;
      if (comment === undefined) {
        (current ?? fail('a sample without a family')).samples.push(parseSample(line, format));
      } else {
        current = takeComment(comment as unknown as Comment, { families, current, format });
      }
    } catch (error) {
      throw new Error(`${(error as Error).message}: ${line}`, { cause: error });
    }
  }
  families.forEach((family) => checkFamily(family, format));
  checkNames([...families.values()], format);
  return families;
}

interface Comment {
  kind: 'HELP' | 'TYPE' | 'UNIT';
  name: string;
  text: string;
}

interface Place {
  families: Map<string, ParsedFamily>;
  current: ParsedFamily | undefined;
  format: DocumentFormat;
}

function toLines(text: string, format: DocumentFormat): string[] {
  const lines = text.split('\n');
  if (lines.pop() !== '') {
    fail('no line feed at the end');
  }
  if (format === 'openmetrics' && lines.pop() !== '# EOF') {
    fail('no # EOF at the end');
  }
  return lines;
}

function takeComment({ kind, name, text }: Comment, { families, current, format }: Place): ParsedFamily {
  let family = current;
  if (family?.name !== name) {
    if (families.has(name)) {
      fail('a family in two pieces');
    }
    family = { name, type: '', samples: [] };
    families.set(name, family);
  }
  if (family.samples.length > 0) {
    fail('a comment behind samples');
  }
  if (kind === 'TYPE') {
    family.type = family.type === '' ? text : fail('a second TYPE');
  } else if (kind === 'HELP') {
    family.help =
      family.help === undefined ? unescape(text, format === 'openmetrics') : fail('a second HELP');
  } else {
    family.unit =
      family.unit === undefined && format === 'openmetrics' ? text : fail('a UNIT that is not allowed');
  }
  return family;
}

function parseSample(line: string, format: DocumentFormat): ParsedSample {
  const { name = '', labels, value = '', rest = '' } = SAMPLE.exec(line)?.groups ?? fail('no sample');
  const sample = { name, labels: parseLabels(labels ?? ''), value: toNumber(value) };
  if (rest === '') {
    return sample;
  }
  return format === 'openmetrics'
    ? { ...sample, exemplar: parseExemplar(rest) }
    : fail('something behind the value');
}

function parseExemplar(text: string): NonNullable<ParsedSample['exemplar']> {
  const { labels = '', value = '', time } = EXEMPLAR.exec(text)?.groups ?? fail('an exemplar that is none');
  const exemplar = { labels: parseLabels(labels), value: toNumber(value) };
  return time === undefined ? exemplar : { ...exemplar, timestamp: Number(time) };
}

function parseLabels(text: string): Record<string, string> {
  const labels = new Map<string, string>();
  let rest = text;
  while (rest !== '') {
    const found = LABEL.exec(rest);
    const { name = '', value = '' } = found?.groups ?? fail('a label that is none');
    if (labels.has(name)) {
      fail('a label twice');
    }
    labels.set(name, unescape(value, true));
    rest = rest.slice(found?.[0].length);
  }
  return Object.fromEntries(labels);
}

function unescape(text: string, isQuoted: boolean): string {
  const allowed = isQuoted ? /\\(?!["\\n])|(?<!\\)(?:\\\\)*"/u : /\\(?![\\n])/u;
  const pairs = text.replaceAll('\\\\', '');
  return allowed.test(pairs)
    ? fail('an escape that is none')
    : text.replace(/\\(.)/gu, (_, escaped: string) => (escaped === 'n' ? '\n' : escaped));
}

function toNumber(text: string): number {
  return Number(text.replace('Inf', 'Infinity'));
}

function fail(problem: string): never {
  throw new Error(problem);
}
