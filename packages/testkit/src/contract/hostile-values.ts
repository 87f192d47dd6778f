/** An object that contains itself. */
export function createCircular(): Record<string, unknown> {
  const circular: Record<string, unknown> = { name: 'circular' };
  circular['self'] = { deep: [circular] };
  return circular;
}

/** Arrays in arrays, so many levels deep. */
export function createDeep(levels: number): unknown {
  let value: unknown = 'bottom';
  for (let level = 0; level < levels; level += 1) {
    value = [value];
  }
  return value;
}

/** Small in memory, but 2^40 values when written out. */
export function createUnfolding(): Record<string, unknown> {
  let value: unknown = 'x';
  for (let level = 0; level < 40; level += 1) {
    value = [value, value];
  }
  return { value };
}

/** Values that are no metadata, by what is wrong with them. */
export const NOT_METADATA: Readonly<Record<string, unknown>> = {
  null: null,
  text: 'text',
  'a number': 1,
  'an array': [1],
  'a function': () => 1,
  'a Map': new Map([['a', 1]]),
  'a Date': new Date(),
  'an Error': new Error('no'),
  'an instance of a class': new (class Order {})(),
  'with a function': { call: () => 1 },
  'with a symbol': { symbol: Symbol('s') },
  'with a bigint': { amount: 1n },
  'with NaN': { amount: Number.NaN },
  'with Infinity': { amount: -Infinity },
  'with an invalid Date': { at: new Date(Number.NaN) },
  'with undefined in an array': { list: [undefined] },
  'with a Map': { deep: [{ map: new Map() }] },
  'with bytes': { bytes: new Uint8Array(3) },
  'with an instance of a class': { order: new (class Order {})() },
  circular: createCircular(),
  'ten thousand levels deep': { deep: createDeep(10_000) },
  'unfolding without end': createUnfolding(),
  'of ten megabytes': { text: 'x'.repeat(10_485_760) },
  'of more than 1 MiB as UTF-8': { text: '€'.repeat(400_000) },
  'with a getter that throws': Object.defineProperty({}, 'a', {
    enumerable: true,
    get: () => {
      throw new Error('no');
    },
  }),
};

/** Values that are no name of 1 to `maxCharacters` characters, by what is wrong with them. */
export function createNotNames(maxCharacters: number): Readonly<Record<string, unknown>> {
  return {
    null: null,
    'a number': 42,
    'a bigint': 42n,
    NaN: Number.NaN,
    true: true,
    'an object': { toString: () => 'text' },
    'an array': ['text'],
    'a function': () => 'text',
    'a symbol': Symbol('text'),
    empty: '',
    'white space': ' \n\t',
    'with NUL': 'a\0b',
    'with a lone surrogate': 'a\ud800b',
    'one character too long': 'x'.repeat(maxCharacters + 1),
    'of ten megabytes': 'x'.repeat(10_485_760),
  };
}
