import { findParameterNames } from './parameter-names.ts';
import { tokenizeSql } from './sql-tokens.ts';
import type { SqlToken } from './sql-tokens.ts';
import { summarizeQuery } from './summarize-query.ts';
import type { QuerySummary } from './summarize-query.ts';

/** What is recorded of a query's text. */
export interface AnalyzedQuery extends QuerySummary {
  /** The text with every literal replaced by `?`, without comments. */
  text: string;
  /** Column each parameter belongs to, by its number from 1. */
  parameterNames: ReadonlyMap<number, string>;
}

/** Longest text that is looked at and recorded, in UTF-16 code units; a SELECT of some fifty columns. */
const MAX_TEXT_LENGTH = 4_096;
const MAX_CACHED_QUERIES = 500;

/** Creates an analysis that remembers the last 500 texts: an ORM sends the same ones again and again. */
export function createQueryAnalyzer(): (text: string) => AnalyzedQuery {
  const cache = new Map<string, AnalyzedQuery>();
  return (text) => {
    const isCut = text.length > MAX_TEXT_LENGTH;
    // A slice would keep the whole text in memory; going through bytes makes a copy.
    const cut = isCut ? Buffer.from(text.slice(0, MAX_TEXT_LENGTH)).toString() : text;
    const known = cache.get(cut);
    if (known !== undefined) {
      return known;
    }
    const analyzed = analyzeQuery(cut, isCut);
    const oldest = cache.size >= MAX_CACHED_QUERIES ? cache.keys().next().value : undefined;
    if (oldest !== undefined) {
      cache.delete(oldest);
    }
    cache.set(cut, analyzed);
    return analyzed;
  };
}

function analyzeQuery(text: string, isCut: boolean): AnalyzedQuery {
  const tokens = tokenizeSql(text);
  return {
    ...summarizeQuery(tokens),
    text: sanitize(tokens) + (isCut ? '…' : ''),
    parameterNames: findParameterNames(tokens),
  };
}

function sanitize(tokens: readonly SqlToken[]): string {
  let text = '';
  for (const token of tokens) {
    if (token.kind !== 'space') {
      text += token.kind === 'literal' ? '?' : token.text;
    } else if (text !== '' && !text.endsWith(' ')) {
      text += ' ';
    }
  }
  return text.trimEnd();
}
