import { unquote } from './read-statement.ts';
import type { SqlToken } from './sql-tokens.ts';

/**
 * Which column each parameter is compared with or written to, as far as that can be seen, so that a password can be told by
 * the name of its column: `"password" = $2`, `email in ($1, $2)`, `insert into "user" ("name", "password") values ($1, $2)`.
 * @returns by number of the parameter, from 1
 */
export function findParameterNames(allTokens: readonly SqlToken[]): ReadonlyMap<number, string> {
  const tokens = allTokens.filter((token) => token.kind !== 'space');
  const names = namesInInsert(tokens);
  tokens.forEach((token, index) => {
    const number = parameterNumber(token);
    const name = number === undefined || names.has(number) ? undefined : nameBefore(tokens, index);
    if (number !== undefined && name !== undefined) {
      names.set(number, name);
    }
  });
  return names;
}

const BETWEEN_NAME_AND_VALUE = /^(?:[(),=<>!~*+|-]|not|in|any|some|all|like|ilike|between|and|is)$/i;

function nameBefore(tokens: readonly SqlToken[], index: number): string | undefined {
  for (let at = index - 1; at >= 0; at -= 1) {
    const token = tokens[at];
    if (token?.kind === 'parameter' || BETWEEN_NAME_AND_VALUE.test(token?.text ?? '')) {
      continue;
    }
    return token === undefined ? undefined : columnName(token);
  }
  return undefined;
}

function namesInInsert(tokens: readonly SqlToken[]): Map<number, string> {
  const into = findWord(tokens, 'INTO');
  const values = findWord(tokens, 'VALUES');
  const open = tokens.findIndex((token, index) => index > into && token.text === '(');
  if (into === -1 || open === -1 || open > values) {
    return new Map();
  }
  const columns = tokens
    .slice(open + 1, values)
    .map(columnName)
    .filter((name) => name !== undefined);
  return namesInTuples(tokens.slice(values + 1), columns);
}

/** Walks through `($1, lower($2)), (default, $3)` and counts the commas of each tuple. */
function namesInTuples(tokens: readonly SqlToken[], columns: readonly string[]): Map<number, string> {
  const names = new Map<number, string>();
  let depth = 0;
  let column = 0;
  for (const token of tokens) {
    if (depth === 0) {
      if (token.text !== '(' && token.text !== ',') {
        break;
      }
      column = 0;
    }
    depth += token.text === '(' ? 1 : token.text === ')' ? -1 : 0;
    column += token.text === ',' && depth === 1 ? 1 : 0;
    const number = parameterNumber(token);
    const name = columns[column];
    if (depth > 0 && number !== undefined && name !== undefined) {
      names.set(number, name);
    }
  }
  return names;
}

function findWord(tokens: readonly SqlToken[], word: string): number {
  return tokens.findIndex((token) => token.kind === 'word' && token.text.toUpperCase() === word);
}

function parameterNumber(token: SqlToken): number | undefined {
  return token.kind === 'parameter' ? Number(token.text.slice(1)) : undefined;
}

function columnName(token: SqlToken): string | undefined {
  switch (token.kind) {
    case 'identifier':
      return unquote(token.text);
    case 'word':
      return token.text;
    default:
      return undefined;
  }
}
