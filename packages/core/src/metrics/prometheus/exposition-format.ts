/** The two formats of a document. */
export type ExpositionFormat = 'text' | 'openmetrics';

/**
 * The content type of each format.
 * @source https://prometheus.io/docs/instrumenting/exposition_formats/
 */
export const CONTENT_TYPES: Readonly<Record<ExpositionFormat, string>> = {
  text: 'text/plain; version=0.0.4; charset=utf-8',
  openmetrics: 'application/openmetrics-text; version=1.0.0; charset=utf-8',
};

interface Offer {
  readonly type: string;
  readonly version: string;
}

const OFFERS: Readonly<Record<ExpositionFormat, Offer>> = {
  text: { type: 'text/plain', version: '0.0.4' },
  openmetrics: { type: 'application/openmetrics-text', version: '1.0.0' },
};

interface Range {
  readonly type: string;
  readonly parameters: ReadonlyMap<string, string>;
  readonly quality: number;
}

/**
 * The format a scraper likes best, by the header `accept`. OpenMetrics is for those who name it; everybody else, a browser too,
 * gets text, also who accepts neither: a document one can read says more than a 406.
 *
 * @source https://www.rfc-editor.org/rfc/rfc9110.html#name-accept
 */
export function negotiateFormat(accept: string | undefined): ExpositionFormat {
  const ranges = parseRanges(accept ?? '');
  const isNamed = ranges.some((range) => range.type === OFFERS.openmetrics.type);
  const openMetrics = qualityOf(OFFERS.openmetrics, ranges);
  return isNamed && openMetrics > 0 && openMetrics >= qualityOf(OFFERS.text, ranges) ? 'openmetrics' : 'text';
}

/**
 * Whether an answer may be compressed with gzip, by the header `accept-encoding`.
 * @source https://www.rfc-editor.org/rfc/rfc9110.html#name-accept-encoding
 */
export function acceptsGzip(acceptEncoding: string | undefined): boolean {
  const ranges = parseRanges(acceptEncoding ?? '');
  const range = ranges.find(({ type }) => type === 'gzip') ?? ranges.find(({ type }) => type === '*');
  return range !== undefined && range.quality > 0;
}

/** The most specific range decides, as RFC 9110 says. */
function qualityOf({ type, version }: Offer, ranges: readonly Range[]): number {
  const family = `${type.slice(0, type.indexOf('/'))}/*`;
  const matching = ranges.filter(({ parameters }) => (parameters.get('version') ?? version) === version);
  for (const wanted of [type, family, '*/*']) {
    const qualities = matching.filter((range) => range.type === wanted).map(({ quality }) => quality);
    if (qualities.length > 0) {
      return Math.max(...qualities);
    }
  }
  return 0;
}

function parseRanges(header: string): Range[] {
  return header
    .split(',')
    .map(parseRange)
    .filter(({ type }) => type !== '');
}

function parseRange(text: string): Range {
  const [type = '', ...rest] = text.split(';').map((part) => part.trim().toLowerCase());
  const parameters = new Map(
    rest.map((part): [string, string] => {
      const [name = '', value = ''] = part.split('=', 2);
      return [name.trim(), value.trim().replace(/^"|"$/gu, '')];
    }),
  );
  const quality = Number(parameters.get('q') ?? '1');
  // What is no number from 0 to 1 is not asked for.
  return { type, parameters, quality: quality >= 0 && quality <= 1 ? quality : 0 };
}
