import type { LayerLike } from './router-shapes.ts';

/** Shown for a mount whose pattern cannot be told; never a piece of the URL. */
export const UNKNOWN_MOUNT = '<mount>';

/** A mount that a path leads through. */
export interface MountMatch {
  /** What it takes off the path. */
  taken: string;
  pattern: string;
}

type Test = (path: string) => false | { path: string; params: Record<string, unknown> };

/**
 * Matches a mount of a router that does not keep the pattern, and works the pattern out: the parts of the path that can be
 * exchanged for others are the parameters. What stays is lower-cased, because a client may write it in any case.
 */
export function matchMount(layer: LayerLike, path: string): MountMatch | undefined {
  if (layer.slash === true || layer.regexp?.fast_slash === true) {
    return { taken: '', pattern: '' };
  }
  for (const test of layerTests(layer)) {
    const match = runTest(test, path);
    if (match !== false) {
      const taken = match.path.replace(/\/$/, '');
      const isKnowable = isBounded(layer, test) && !taken.includes('%');
      const pattern = isKnowable ? findPattern(test, taken, match.params) : undefined;
      return { taken, pattern: pattern ?? `/${UNKNOWN_MOUNT}` };
    }
  }
  return undefined;
}

function layerTests({ regexp, keys = [], matchers }: LayerLike): readonly Test[] {
  if (matchers !== undefined) {
    return matchers;
  }
  if (regexp === undefined) {
    return [];
  }
  return [
    (path) => {
      const match = regexp.exec(path);
      return (
        match !== null && {
          path: match[0],
          params: Object.fromEntries(keys.map(({ name }, at) => [name, match[at + 1]])),
        }
      );
    },
  ];
}

function runTest(test: Test, path: string): ReturnType<Test> {
  try {
    return test(path);
  } catch {
    // A malformed escape.
    return false;
  }
}

/**
 * Whether everything that can vary in the path is a parameter. A regular expression may match any text without capturing it,
 * and then the text would get into the label.
 */
function isBounded({ regexp }: LayerLike, test: Test): boolean {
  if (regexp === undefined) {
    return test.name !== 'regexpMatcher';
  }
  const literal = regexp.source
    .replace(/\\[^A-Za-z0-9]/g, '')
    // An expression of path-to-regexp for one parameter has no parentheses inside.
    .replace(/\((?!\?)[^()]*\)/g, '')
    .replace(/\(\?=\/?\|\$\)/g, '');
  return !/[.*+{[|\\]/.test(literal);
}

function findPattern(test: Test, path: string, params: Record<string, unknown>): string | undefined {
  let pattern = '';
  let rest = path;
  for (const [name, value] of Object.entries(params)) {
    const text = Array.isArray(value) ? value.join('/') : value;
    if (text === undefined) {
      continue;
    }
    const at = findParameter(test, {
      before: path.slice(0, path.length - rest.length),
      rest,
      name,
      text: String(text),
    });
    if (at === undefined) {
      return undefined;
    }
    pattern +=
      rest.slice(0, at).toLowerCase() +
      (/^\d+$/.test(name) ? '*' : Array.isArray(value) ? `*${name}` : `:${name}`);
    rest = rest.slice(at + String(text).length);
  }
  return pattern + rest.toLowerCase();
}

interface Search {
  before: string;
  rest: string;
  name: string;
  text: string;
}

/** Where in `rest` the parameter stands: of all places that read `text`, the one that can read something else. */
function findParameter(test: Test, { before, rest, name, text }: Search): number | undefined {
  const other = exchangeCharacters(text);
  for (let at = rest.indexOf(text); at !== -1; at = rest.indexOf(text, at + 1)) {
    const match = runTest(test, before + rest.slice(0, at) + other + rest.slice(at + text.length));
    const found = match === false ? undefined : match.params[name];
    if ((Array.isArray(found) ? found.join('/') : found) === other) {
      return at;
    }
  }
  return undefined;
}

// Digits for digits and letters for letters, so that `:id(\d+)` still matches.
function exchangeCharacters(text: string): string {
  return text.replace(/[0-9A-Za-z]/g, (character) =>
    /\d/.test(character) ? String((Number(character) + 1) % 10) : /[a-e]/i.test(character) ? 'f' : 'a',
  );
}
