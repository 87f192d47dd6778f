import { readStatement } from './read-statement.ts';
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
const ROW_VERBS = new Set('SELECT INSERT UPDATE DELETE MERGE WITH'.split(' '));
// Words that go on the name of a command: CREATE UNIQUE INDEX, ROLLBACK TO SAVEPOINT.
const COMMAND_WORDS = new Set(
  (
    'TRANSACTION TO SAVEPOINT OR REPLACE UNIQUE TEMPORARY UNLOGGED MATERIALIZED TABLE INDEX VIEW SCHEMA ' +
    'EXTENSION SEQUENCE FUNCTION TYPE TRIGGER DATABASE ROLE USER'
  ).split(' '),
);

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
  const verb = first.text.toUpperCase();
  if (!ROW_VERBS.has(verb)) {
    const command = commandName(tokens);
    return { summary: command, operation: command, mainTable: undefined };
  }
  const { parts, operation, tables } = readStatement(tokens);
  const semicolon = tokens.findIndex((token) => token.text === ';');
  const isSingle = semicolon === -1 || semicolon === tokens.length - 1;
  return {
    summary: joinParts(parts),
    operation: isSingle ? operation : undefined,
    mainTable: isSingle && verb !== 'WITH' ? tables[0] : undefined,
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

function joinParts(parts: readonly string[]): string | undefined {
  let summary = '';
  for (const part of parts) {
    if (summary.length + part.length + 1 > MAX_SUMMARY_LENGTH) {
      break;
    }
    summary += summary === '' ? part : ` ${part}`;
  }
  return summary === '' ? undefined : summary;
}
