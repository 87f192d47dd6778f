import type { SqlToken } from './sql-tokens.ts';
import { unquote } from './summarize-query.ts';

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
  const names = new Map<number, string>();
  const values = tokens.findIndex((token) => /^values$/i.test(token.text) && token.kind === 'word');
  const into = tokens.findIndex((token) => /^into$/i.test(token.text) && token.kind === 'word');
  const open = tokens.findIndex((token, index) => index > into && token.text === '(');
  if (into === -1 || open === -1 || open > values) {
    return names;
  }
  const columns = tokens.slice(open + 1, values).filter((token) => columnName(token) !== undefined);
  let depth = 0;
  let column = 0;
  for (const token of tokens.slice(values + 1)) {
    const number = parameterNumber(token);
    const name = columns[column];
    if (token.text === '(') {
      depth += 1;
      column = depth === 1 ? 0 : column;
    } else if (token.text === ')') {
      depth -= 1;
    } else if (depth === 0 && token.text !== ',') {
      break;
    } else if (token.text === ',' && depth === 1) {
      column += 1;
    } else if (number !== undefined && name !== undefined) {
      names.set(number, columnName(name) ?? '');
    }
  }
  return names;
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
