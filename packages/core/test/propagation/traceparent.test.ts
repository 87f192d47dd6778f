import { describe, expect, it } from 'vitest';
import {
  formatTraceparent,
  isSpanId,
  isTraceId,
  parseTraceparent,
} from '../../src/propagation/traceparent.ts';
import { cpuMilliseconds } from '../sanitize/cpu-time.ts';

const TRACE_ID = '12345678901234567890123456789012';
const SPAN_ID = '1234567890123456';
const SAMPLED = { traceId: TRACE_ID, spanId: SPAN_ID, flags: 1 };
const HEADER = `00-${TRACE_ID}-${SPAN_ID}-01`;

describe('parseTraceparent', () => {
  it.each([
    ['version 00', HEADER, SAMPLED],
    ['not sampled', `00-${TRACE_ID}-${SPAN_ID}-00`, { ...SAMPLED, flags: 0 }],
    ['the random flag of Level 2', `00-${TRACE_ID}-${SPAN_ID}-03`, { ...SAMPLED, flags: 3 }],
    ['the random flag alone', `00-${TRACE_ID}-${SPAN_ID}-02`, { ...SAMPLED, flags: 2 }],
    ['unknown flags beside the sampled one', `00-${TRACE_ID}-${SPAN_ID}-ff`, { ...SAMPLED, flags: 255 }],
    [
      'IDs that begin and end with zeros',
      `00-${'0'.repeat(31)}1-${'0'.repeat(15)}1-01`,
      { traceId: `${'0'.repeat(31)}1`, spanId: `${'0'.repeat(15)}1`, flags: 1 },
    ],
    ['a space before', ` ${HEADER}`, SAMPLED],
    ['a tab before', `\t${HEADER}`, SAMPLED],
    ['a space behind', `${HEADER} `, SAMPLED],
    ['white space all around', `\t ${HEADER} \t`, SAMPLED],
    ['a list of one value', [HEADER], SAMPLED],
    ['a later version of four fields', `cc-${TRACE_ID}-${SPAN_ID}-01`, SAMPLED],
    ['a later version of more fields', `cc-${TRACE_ID}-${SPAN_ID}-01-what-the-future-will-be-like`, SAMPLED],
    ['a later version that ends with a dash', `01-${TRACE_ID}-${SPAN_ID}-01-`, SAMPLED],
    ['no unknown flags of a later version', `cc-${TRACE_ID}-${SPAN_ID}-fd-x`, SAMPLED],
    ['the highest version there may be', `fe-${TRACE_ID}-${SPAN_ID}-01`, SAMPLED],
  ])('reads %s', (_case, header, expected) => {
    expect(parseTraceparent(header)).toEqual(expected);
  });

  it.each([
    ['version ff', `ff-${TRACE_ID}-${SPAN_ID}-01`],
    ['a fifth field in version 00', `${HEADER}-what-the-future-will-be-like`],
    ['a trailing dash in version 00', `${HEADER}-`],
    ['a trailing dot in version 00', `${HEADER}.`],
    ['a later version whose flags do not end', `cc-${TRACE_ID}-${SPAN_ID}-01.what-the-future-will-be-like`],
    ['a later version that is too short', `cc-${TRACE_ID}-${SPAN_ID}-0`],
    ['a dot in the version', `.0-${TRACE_ID}-${SPAN_ID}-01`],
    ['a dot at the end of the version', `0.-${TRACE_ID}-${SPAN_ID}-01`],
    ['an upper-case version', `CC-${TRACE_ID}-${SPAN_ID}-01`],
    ['a version of three digits', `000-${TRACE_ID}-${SPAN_ID}-01`],
    ['a version of four digits', `0000-${TRACE_ID}-${SPAN_ID}-01`],
    ['a version of one digit', `0-${TRACE_ID}-${SPAN_ID}-01`],
    ['a trace ID of zeros', `00-${'0'.repeat(32)}-${SPAN_ID}-01`],
    ['a trace ID of zeros in a later version', `cc-${'0'.repeat(32)}-${SPAN_ID}-01`],
    ['a dot in the trace ID', `00-.2345678901234567890123456789012-${SPAN_ID}-01`],
    ['an upper-case trace ID', `00-${'A'.repeat(32)}-${SPAN_ID}-01`],
    ['a trace ID that is too long', `00-${TRACE_ID}3-${SPAN_ID}-01`],
    ['a trace ID that is too short', `00-${TRACE_ID.slice(1)}-${SPAN_ID}-01`],
    ['a span ID of zeros', `00-${TRACE_ID}-${'0'.repeat(16)}-01`],
    ['a dot in the span ID', `00-${TRACE_ID}-123456789012345.-01`],
    ['an upper-case span ID', `00-${TRACE_ID}-${'A'.repeat(16)}-01`],
    ['a span ID that is too long', `00-${TRACE_ID}-${SPAN_ID}7-01`],
    ['a span ID that is too short', `00-${TRACE_ID}-${SPAN_ID.slice(1)}-01`],
    ['a dot in the flags', `00-${TRACE_ID}-${SPAN_ID}-.0`],
    ['upper-case flags', `00-${TRACE_ID}-${SPAN_ID}-0A`],
    ['flags of three digits', `00-${TRACE_ID}-${SPAN_ID}-001`],
    ['a flag of one digit', `00-${TRACE_ID}-${SPAN_ID}-1`],
    ['no flags', `00-${TRACE_ID}-${SPAN_ID}`],
    ['two values joined by Node', `${HEADER}, ${HEADER}`],
    ['two values of a later version joined by Node', `cc-${TRACE_ID}-${SPAN_ID}-01, ${HEADER}`],
    ['two values', [HEADER, HEADER]],
    ['no values', []],
    ['a list in a list', [[HEADER]]],
    ['a line feed behind', `${HEADER}\n`],
    ['a no-break space behind', `${HEADER}\u00a0`],
    ['a NUL inside', `00-${TRACE_ID}\0${SPAN_ID}-01`],
    ['a full-width digit', `00-\uff11${TRACE_ID.slice(1)}-${SPAN_ID}-01`],
    ['nothing', ''],
    ['undefined', undefined],
    ['null', null],
    ['a number', 42],
    ['an object', { toString: () => HEADER }],
    ['a String object', Object(HEADER) as unknown],
  ])('refuses %s', (_case, header) => {
    expect(parseTraceparent(header)).toBeUndefined();
  });

  it('refuses every header with one character changed to one that is no digit of its field', () => {
    const accepted = [...HEADER].flatMap((old, index) =>
      ['g', 'A', '.', ' ', '\0', '-'].filter((replacement) => {
        const header = HEADER.slice(0, index) + replacement + HEADER.slice(index + 1);
        return replacement !== old && parseTraceparent(header) !== undefined;
      }),
    );

    expect(accepted).toEqual([]);
  });

  it('refuses every version 00 that was cut short', () => {
    const accepted = Array.from(HEADER, (_character, index) => HEADER.slice(0, index)).filter(
      parseTraceparent,
    );

    expect(accepted).toEqual([]);
  });

  it('refuses ten megabytes at once', () => {
    const headers = [
      '0'.repeat(10_000_000),
      ' '.repeat(10_000_000),
      `cc${HEADER.slice(2)}-${'x'.repeat(10_000_000)}`,
    ];

    let parsed: unknown;
    const spentMs = cpuMilliseconds(() => {
      parsed = headers.map((header) => parseTraceparent(header));
    });

    expect(parsed).toEqual([undefined, undefined, undefined]);
    expect(spentMs).toBeLessThan(500);
  });
});

describe('formatTraceparent', () => {
  it('writes what it has read', () => {
    expect(formatTraceparent(SAMPLED)).toBe(HEADER);
  });

  it('writes version 00 for a later version', () => {
    const parsed = parseTraceparent(`cc-${TRACE_ID}-${SPAN_ID}-03-more`);

    expect(parsed && formatTraceparent(parsed)).toBe(`00-${TRACE_ID}-${SPAN_ID}-03`);
  });

  it('keeps the sampled and the random flag and clears all others', () => {
    const written = Array.from({ length: 256 }, (_none, flags) =>
      formatTraceparent({ ...SAMPLED, flags }).slice(-2),
    );

    expect(written).toEqual(Array.from({ length: 256 }, (_none, flags) => `0${flags % 4}`));
  });
});

describe('isTraceId and isSpanId', () => {
  it.each([
    [TRACE_ID, true, false],
    [SPAN_ID, false, true],
    ['0'.repeat(32), false, false],
    ['0'.repeat(16), false, false],
    ['A'.repeat(32), false, false],
    ['A'.repeat(16), false, false],
    [`${TRACE_ID}\n`, false, false],
    ['', false, false],
    ['a'.repeat(10_000_000), false, false],
    [undefined, false, false],
    [[TRACE_ID], false, false],
  ])('judge case %#', (value, traceId, spanId) => {
    expect([isTraceId(value), isSpanId(value)]).toEqual([traceId, spanId]);
  });
});
