import { describe, expect, it } from 'vitest';
import { parseDocument } from '../src/index.ts';

const VALID_TEXT = `# HELP a_total Say "\\\\" and\\nmore.
# TYPE a_total counter
a_total{path="C:\\\\x",said="\\"hi\\"\\n"} 1027
a_total 3e+06
# HELP h_seconds Duration.
# TYPE h_seconds histogram
h_seconds_bucket{le="0.5"} 1
h_seconds_bucket{le="+Inf"} 2
h_seconds_sum -0.5
h_seconds_count 2
`;

const VALID_OPENMETRICS = `# TYPE a counter
# HELP a Of all.
a_total 1
# TYPE h_seconds histogram
# UNIT h_seconds seconds
# HELP h_seconds Duration.
h_seconds_bucket{le="0.5"} 1 # {trace_id="x"} 0.5 1700000000.123
h_seconds_bucket{le="+Inf"} 2
h_seconds_sum 1.5
h_seconds_count 2
# TYPE target info
target_info{service_name="shop"} 1
# EOF
`;

function histogram(...lines: readonly string[]): string {
  return ['# TYPE h histogram', ...lines, ''].join('\n');
}

describe('parseDocument', () => {
  it('reads text', () => {
    const families = parseDocument(VALID_TEXT.replace(' -0.5', ' 0.5'), 'text');

    expect(families.get('a_total')).toEqual({
      name: 'a_total',
      type: 'counter',
      help: 'Say "\\" and\nmore.',
      samples: [
        { name: 'a_total', labels: { path: 'C:\\x', said: '"hi"\n' }, value: 1027 },
        { name: 'a_total', labels: {}, value: 3_000_000 },
      ],
    });
  });

  it('reads OpenMetrics with its exemplars', () => {
    const families = parseDocument(VALID_OPENMETRICS, 'openmetrics');

    expect([...families.keys()]).toEqual(['a', 'h_seconds', 'target']);
    expect(families.get('h_seconds')?.samples[0]?.exemplar).toEqual({
      labels: { trace_id: 'x' },
      value: 0.5,
      timestamp: 1_700_000_000.123,
    });
  });

  it.each([
    ['no line feed at the end', '# TYPE a gauge\na 1'],
    ['an empty line', '# TYPE a gauge\n\na 1\n'],
    ['a sample without a family', 'a 1\n'],
    ['no type', '# HELP a x\na 1\n'],
    ['a type that is none', '# TYPE a number\na 1\n'],
    ['a second type', '# TYPE a gauge\n# TYPE a gauge\na 1\n'],
    ['a unit', '# TYPE a_s gauge\n# UNIT a_s s\na_s 1\n'],
    ['a family in two pieces', '# TYPE a gauge\na 1\n# TYPE b gauge\nb 1\n# TYPE a gauge\na{x="1"} 1\n'],
    ['a sample of another family', '# TYPE a gauge\nb 1\n'],
    ['a sample twice', '# TYPE a gauge\na{x="1",y="2"} 1\na{y="2",x="1"} 1\n'],
    ['a label twice', '# TYPE a gauge\na{x="1",x="2"} 1\n'],
    ['a label that is none', '# TYPE a gauge\na{x.y="1"} 1\n'],
    ['a comma at the end of the labels', '# TYPE a gauge\na{x="1",} 1\n'],
    ['an escape that is none', '# TYPE a gauge\na{x="\\t"} 1\n'],
    ['a name that is none', '# TYPE a.b gauge\na.b 1\n'],
    ['no value', '# TYPE a gauge\na\n'],
    ['a value that is none', '# TYPE a gauge\na 0x10\n'],
    ['a counter below zero', '# TYPE a counter\na -1\n'],
    ['an exemplar', histogram('h_bucket{le="+Inf"} 1 # {a="b"} 1', 'h_sum 1', 'h_count 1')],
    ['buckets that fall', histogram('h_bucket{le="1"} 2', 'h_bucket{le="+Inf"} 1', 'h_sum 1', 'h_count 1')],
    ['bounds that fall', histogram('h_bucket{le="2"} 0', 'h_bucket{le="1"} 1', 'h_bucket{le="+Inf"} 1')],
    ['no +Inf', histogram('h_bucket{le="1"} 1', 'h_sum 1', 'h_count 1')],
    ['a count that differs', histogram('h_bucket{le="+Inf"} 1', 'h_sum 1', 'h_count 2')],
    ['half an observation', histogram('h_bucket{le="+Inf"} 0.5', 'h_sum 1', 'h_count 0.5')],
    [
      'a series in two pieces',
      histogram('h_bucket{le="+Inf"} 1', 'h_bucket{x="1",le="+Inf"} 1', 'h_sum 1', 'h_count 1'),
    ],
    [
      'a name that two families claim',
      `# TYPE h_count gauge\nh_count 1\n${histogram('h_bucket{le="+Inf"} 1', 'h_sum 1', 'h_count 1')}`,
    ],
  ])('refuses text with %s', (_, text) => {
    expect(() => parseDocument(text, 'text')).toThrow(Error);
  });

  it.each([
    ['no end', '# TYPE a gauge\na 1\n'],
    ['something behind the end', '# TYPE a gauge\na 1\n# EOF\na{x="1"} 1\n'],
    ['a counter without suffix', '# TYPE a counter\na 1\n# EOF\n'],
    ['the suffix in the name of the family', '# TYPE a_total counter\na_total 1\n# EOF\n'],
    ['a unit that is not in the name', '# TYPE a gauge\n# UNIT a seconds\na 1\n# EOF\n'],
    ['a quote in help', '# TYPE a gauge\n# HELP a "x"\na 1\n# EOF\n'],
    ['a count without a sum', `${histogram('h_bucket{le="+Inf"} 1', 'h_count 1')}# EOF\n`],
    [
      'a sum with a bound below zero',
      `${histogram('h_bucket{le="-1.0"} 0', 'h_bucket{le="+Inf"} 1', 'h_sum 1', 'h_count 1')}# EOF\n`,
    ],
    [
      'an exemplar outside of its bucket',
      `${histogram('h_bucket{le="1.0"} 1 # {a="b"} 2', 'h_bucket{le="+Inf"} 1')}# EOF\n`,
    ],
    ['a long exemplar', `${histogram(`h_bucket{le="+Inf"} 1 # {a="${'b'.repeat(128)}"} 2`)}# EOF\n`],
    ['an exemplar of a gauge', '# TYPE a gauge\na 1 # {a="b"} 1\n# EOF\n'],
    [
      'a name that could be another',
      '# TYPE a counter\na_total 1\n# TYPE a_created gauge\na_created 1\n# EOF\n',
    ],
  ])('refuses OpenMetrics with %s', (_, text) => {
    expect(() => parseDocument(text, 'openmetrics')).toThrow(Error);
  });
});
