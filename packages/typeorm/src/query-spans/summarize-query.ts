import type { SqlToken } from './sql-tokens.ts';

/** What a query does, in few words. */
export interface QuerySummary {
  /** Operations and tables in the order of the text, for example `SELECT orders customers`. */
  summary: string | undefined;
  /** `SELECT`, `INSERT`, `COMMIT` …; undefined for several statements at once. */
  operation: string | undefined;
  /** The first table that is named; undefined for several statements, and where a WITH comes first. */
  mainTable: string | undefined;
}

const MAX_SUMMARY_LENGTH = 255;
const DATA_VERBS = new Set(['SELECT', 'INSERT', 'UPDATE', 'DELETE', 'MERGE', 'WITH']);
// Words that go on the name of a command: CREATE UNIQUE INDEX, ROLLBACK TO SAVEPOINT.
const COMMAND_WORDS = new Set([
  ...['TRANSACTION', 'TO', 'SAVEPOINT', 'OR', 'REPLACE', 'UNIQUE', 'TEMPORARY', 'UNLOGGED', 'MATERIALIZED', 'TABLE'],
  ...['INDEX', 'VIEW', 'SCHEMA', 'EXTENSION', 'SEQUENCE', 'FUNCTION', 'TYPE', 'TRIGGER', 'DATABASE', 'ROLE', 'USER'],
]);
// What may stand before a verb. INSERT, UPDATE and DELETE also occur elsewhere (FOR UPDATE, ON DELETE, a column's name).
const BEFORE_VERB = new Set(['', '(', ')', ';', 'ALL', 'UNION', 'EXCEPT', 'INTERSECT']);
const VERBS = new Set(['INSERT', 'UPDATE', 'DELETE', 'MERGE']);

/**
 * Sums a query up as OpenTelemetry asks for it: operations and their tables, nothing of the values.
 * @source https://opentelemetry.io/docs/specs/semconv/database/database-spans/#generating-a-summary-of-the-query-text
 */
export function summarizeQuery(allTokens: readonly SqlToken[]): QuerySummary {
  const tokens = allTokens.filter((token) => token.kind !== 'space');
  const first = tokens.find((token) => token.text !== '(');
  if (first?.kind !== 'word') {
    return { summary: undefined, operation: undefined, mainTable: undefined };
  }
  if (!DATA_VERBS.has(first.text.toUpperCase())) {
    const command = commandName(tokens);
    return { summary: command, operation: command, mainTable: undefined };
  }
  const { parts, operation, tables } = readStatement(tokens);
  const semicolon = tokens.findIndex((token) => token.text === ';');
  const isSingle = semicolon === -1 || semicolon === tokens.length - 1;
  const startsWithCte = first.text.toUpperCase() === 'WITH';
  return {
    summary: joinParts(parts),
    operation: isSingle ? operation : undefined,
    mainTable: isSingle && !startsWithCte ? tables[0] : undefined,
  };
}

function commandName(tokens: readonly SqlToken[]): string {
  const words: string[] = [];
  for (const token of tokens) {
    if (token.kind !== 'word' || (words.length > 0 && !COMMAND_WORDS.has(token.text.toUpperCase()))) {
      break;
    }
    words.push(token.text);
  }
  return words.join(' ').slice(0, MAX_SUMMARY_LENGTH);
}

interface Statement {
  parts: string[];
  tables: string[];
  operation: string | undefined;
}

function readStatement(tokens: readonly SqlToken[]): Statement {
  const found: Statement = { parts: [], tables: [], operation: undefined };
  // For each open parenthesis whether a statement stands in it: only then does FROM name tables, as in extract(day from …).
  const hasStatement = [false];
  let previous = '';
  tokens.forEach((token, index) => {
    const word = token.kind === 'word' ? token.text.toUpperCase() : token.text;
    if (word === '(') {
      hasStatement.push(false);
    } else if (word === ')' && hasStatement.length > 1) {
      hasStatement.pop();
    } else if (token.kind === 'word' && (word === 'SELECT' || (VERBS.has(word) && BEFORE_VERB.has(previous)))) {
      found.parts.push(token.text);
      found.operation ??= hasStatement.length === 1 ? token.text : undefined;
      hasStatement[hasStatement.length - 1] = true;
      if (word === 'UPDATE') {
        addTable(found, tokens, index + 1);
      }
    } else if (token.kind === 'word' && hasStatement.at(-1) === true && namesTable(word, previous)) {
      addTable(found, tokens, index + 1);
    }
    previous = word;
  });
  return found;
}

function namesTable(word: string, previous: string): boolean {
  switch (word) {
    case 'FROM':
      return previous !== 'DISTINCT';
    case 'INTO':
      return previous === 'INSERT' || previous === 'MERGE';
    case 'JOIN':
    case 'USING':
      return true;
    default:
      return false;
  }
}

function addTable(found: Statement, tokens: readonly SqlToken[], start: number): void {
  const isInsert = tokens[start - 1]?.text.toUpperCase() === 'INTO';
  let index = start;
  while (tokens[index]?.kind === 'word' && /^(?:only|lateral)$/i.test(tokens[index]?.text ?? '')) {
    index += 1;
  }
  const names: string[] = [];
  for (; isName(tokens[index]); index += 2) {
    names.push(nameOf(tokens[index]));
    if (tokens[index + 1]?.text !== '.') {
      break;
    }
  }
  // A parenthesis behind a name makes it a function, except in INSERT INTO orders (id).
  if (names.length > 0 && (isInsert || tokens[index + 1]?.text !== '(')) {
    found.parts.push(names.join('.'));
    found.tables.push(names.join('.'));
  }
}

function isName(token: SqlToken | undefined): token is SqlToken {
  return token?.kind === 'identifier' || token?.kind === 'word';
}

/** The name as PostgreSQL understands it: without quotes, and in lower case where it had none. */
function nameOf(token: SqlToken | undefined): string {
  const text = token?.text ?? '';
  return token?.kind === 'identifier' ? unquote(text) : text.toLowerCase();
}

/** A quoted identifier without its quotes. */
export function unquote(identifier: string): string {
  return identifier.slice(identifier.indexOf('"') + 1, -1).replaceAll('""', '"');
}

function joinParts(parts: readonly string[]): string {
  let summary = '';
  for (const part of parts) {
    if (summary.length + part.length + 1 > MAX_SUMMARY_LENGTH) {
      break;
    }
    summary += summary === '' ? part : ` ${part}`;
  }
  return summary;
}
