/** A piece of SQL text; together the pieces are the whole text. Comments count as space. */
export interface SqlToken {
  kind: 'space' | 'word' | 'identifier' | 'parameter' | 'literal' | 'symbol';
  text: string;
}

// No alternative can match in two ways, so the time grows with the length of the text only. What is cut off in the middle
// counts as if it were complete: half a literal is still a literal.
const PATTERNS: readonly [SqlToken['kind'], RegExp][] = [
  ['space', /\s+|--[^\n]*/y],
  ['literal', /[eE]'[^'\\]*(?:(?:''|\\[^]?)[^'\\]*)*(?:'|$)/y],
  ['literal', /(?:[bBnNxX]|[uU]&)?'[^']*(?:''[^']*)*(?:'|$)/y],
  ['identifier', /(?:[uU]&)?"[^"]*(?:""[^"]*)*(?:"|$)/y],
  ['parameter', /\$\d+/y],
  ['word', /[A-Za-z_\u0080-\uffff][\w$\u0080-\uffff]*/y],
  ['literal', /(?:\d[\w.]*|\.\d\w*)(?:(?<=[eE])[+-]\d+)?/y],
];
const DOLLAR_TAG = /\$(?:[A-Za-z_\u0080-\uffff][\w\u0080-\uffff]*)?\$/y;

/**
 * Cuts PostgreSQL's SQL into tokens. It never fails: what it does not know is a symbol of one character.
 * @source https://www.postgresql.org/docs/current/sql-syntax-lexical.html
 */
export function tokenizeSql(text: string): SqlToken[] {
  const tokens: SqlToken[] = [];
  for (let index = 0; index < text.length;) {
    const token = tokenAt(text, index);
    tokens.push(token);
    index += token.text.length;
  }
  return tokens;
}

function tokenAt(text: string, index: number): SqlToken {
  if (text.startsWith('/*', index)) {
    return { kind: 'space', text: text.slice(index, endOfComment(text, index)) };
  }
  const tag = matchAt(DOLLAR_TAG, text, index);
  if (tag !== undefined) {
    const end = text.indexOf(tag, index + tag.length);
    return { kind: 'literal', text: text.slice(index, end === -1 ? text.length : end + tag.length) };
  }
  for (const [kind, pattern] of PATTERNS) {
    const match = matchAt(pattern, text, index);
    if (match !== undefined) {
      return { kind, text: match };
    }
  }
  return { kind: 'symbol', text: text.charAt(index) };
}

/** Comments nest in PostgreSQL; one that is taken to end too early would turn literals into words. */
function endOfComment(text: string, start: number): number {
  const mark = /\/\*|\*\//g;
  mark.lastIndex = start;
  let depth = 0;
  for (let match = mark.exec(text); match !== null; match = mark.exec(text)) {
    depth += match[0] === '/*' ? 1 : -1;
    if (depth === 0) {
      return mark.lastIndex;
    }
  }
  return text.length;
}

function matchAt(pattern: RegExp, text: string, index: number): string | undefined {
  pattern.lastIndex = index;
  return pattern.exec(text)?.[0];
}
