/**
 * A pattern with `*` and `?` as a pattern of SQL's LIKE, with the backslash as its escape. `\*` and `\?` stand for themselves, a
 * backslash before anything else for itself.
 * @example `globToLike('orders_*'); // 'orders\\_%'`
 */
export function globToLike(glob: string): string {
  let like = '';
  for (const token of readGlob(glob)) {
    if (token === ANY) {
      // A run of stars is one star, and cheaper.
      like += like.endsWith(ANY_IN_LIKE) && !like.endsWith(`\\${ANY_IN_LIKE}`) ? '' : ANY_IN_LIKE;
    } else {
      like += token === ONE ? '_' : token.replace(/[\\%_]/, String.raw`\$&`);
    }
  }
  return like;
}

/** Whether `text` matches a pattern of LIKE, as PostgreSQL decides it. In time proportional to both lengths multiplied. */
export function isLike(text: string, like: string): boolean {
  const tokens = readLike(like);
  const characters = Array.from(text);
  let position = 0;
  let token = 0;
  let lastAny = -1;
  let retryFrom = 0;
  while (position < characters.length) {
    const wanted = tokens[token];
    if (wanted === ANY) {
      lastAny = token;
      retryFrom = position;
      token += 1;
    } else if (wanted === ONE || (wanted !== undefined && wanted === characters[position])) {
      position += 1;
      token += 1;
    } else if (lastAny >= 0) {
      // What stands before the last star has matched already, so only that star can take one character more.
      retryFrom += 1;
      position = retryFrom;
      token = lastAny + 1;
    } else {
      return false;
    }
  }
  return tokens.slice(token).every((rest) => rest === ANY);
}

const ANY: unique symbol = Symbol('any text');
const ONE: unique symbol = Symbol('one character');
const ANY_IN_LIKE = '%';

type Token = string | typeof ANY | typeof ONE;

function readGlob(glob: string): Token[] {
  return readTokens(glob, '*', '?', (character) => character === '*' || character === '?');
}

function readLike(like: string): Token[] {
  return readTokens(like, '%', '_', () => true);
}

function readTokens(
  pattern: string,
  any: string,
  one: string,
  isEscapable: (character: string) => boolean,
): Token[] {
  const characters = Array.from(pattern);
  const tokens: Token[] = [];
  for (let index = 0; index < characters.length; index += 1) {
    const character = characters[index] as string;
    const next = characters[index + 1];
    if (character === '\\' && next !== undefined && isEscapable(next)) {
      tokens.push(next);
      index += 1;
    } else if (character === any) {
      tokens.push(ANY);
    } else {
      tokens.push(character === one ? ONE : character);
    }
  }
  return tokens;
}
