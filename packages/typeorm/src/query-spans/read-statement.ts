import type { SqlToken } from './sql-tokens.ts';

/** What stands in a statement that reads or writes rows. */
export interface Statement {
  /** Operations and tables in the order of the text. */
  parts: string[];
  tables: string[];
  /** The operation outside of all parentheses; undefined when there is none. */
  operation: string | undefined;
}

// What may stand before INSERT, UPDATE, DELETE and MERGE for them to be verbs; they also occur in FOR UPDATE, ON DELETE, or as
// the name of a column. SELECT is reserved.
const BEFORE_VERB = new Set(['', '(', ')', ';', 'ALL', 'UNION', 'EXCEPT', 'INTERSECT']);
const VERBS = new Set(['INSERT', 'UPDATE', 'DELETE', 'MERGE']);

/** @param tokens without space */
export function readStatement(tokens: readonly SqlToken[]): Statement {
  const found: Statement = { parts: [], tables: [], operation: undefined };
  // For each open parenthesis whether a verb stands in it: only then does FROM name tables, as in extract(day from …).
  const hasVerb = [false];
  let previous = '';
  for (const [index, token] of tokens.entries()) {
    const word = token.kind === 'word' ? token.text.toUpperCase() : token.text;
    if (token.kind === 'symbol') {
      followParenthesis(hasVerb, word);
    } else if (token.kind === 'word' && isVerb(word, previous)) {
      found.parts.push(token.text);
      found.operation ??= hasVerb.length === 1 ? token.text : undefined;
      hasVerb[hasVerb.length - 1] = true;
    }
    if (token.kind === 'word' && hasVerb.at(-1) === true && namesTable(word, previous)) {
      addTable(found, tokens, index);
    }
    previous = word;
  }
  return found;
}

function followParenthesis(hasVerb: boolean[], symbol: string): void {
  if (symbol === '(') {
    hasVerb.push(false);
  } else if (symbol === ')' && hasVerb.length > 1) {
    hasVerb.pop();
  }
}

function isVerb(word: string, previous: string): boolean {
  return word === 'SELECT' || (VERBS.has(word) && BEFORE_VERB.has(previous));
}

function namesTable(word: string, previous: string): boolean {
  switch (word) {
    case 'FROM':
      return previous !== 'DISTINCT';
    case 'INTO':
      return previous === 'INSERT' || previous === 'MERGE';
    case 'UPDATE':
      return BEFORE_VERB.has(previous);
    case 'JOIN':
    case 'USING':
      return true;
    default:
      return false;
  }
}

/** Adds the table that is named behind the word at `index`. */
function addTable(found: Statement, tokens: readonly SqlToken[], index: number): void {
  const word = tokens[index]?.text.toUpperCase();
  const start = /^(?:only|lateral)$/i.test(tokens[index + 1]?.text ?? '') ? index + 2 : index + 1;
  const { name, end } = readQualifiedName(tokens, start);
  // A parenthesis behind a name makes it a function, except in INSERT INTO orders (id).
  if (name !== '' && (word === 'INTO' || tokens[end]?.text !== '(')) {
    found.parts.push(name);
    found.tables.push(name);
  }
}

/** The name at `start` with its schema, as PostgreSQL understands it; empty when there is none. */
function readQualifiedName(tokens: readonly SqlToken[], start: number): { name: string; end: number } {
  const names: string[] = [];
  let end = start;
  for (let name = nameOf(tokens[end]); name !== undefined; name = nameOf(tokens[end])) {
    names.push(name);
    end += 1;
    if (tokens[end]?.text !== '.') {
      break;
    }
    end += 1;
  }
  return { name: names.join('.'), end };
}

/** Without quotes, and in lower case where it had none. */
function nameOf(token: SqlToken | undefined): string | undefined {
  switch (token?.kind) {
    case 'identifier':
      return unquote(token.text);
    case 'word':
      return token.text.toLowerCase();
    default:
      return undefined;
  }
}

/** A quoted identifier without its quotes. */
export function unquote(identifier: string): string {
  return identifier.slice(identifier.indexOf('"') + 1, -1).replaceAll('""', '"');
}
