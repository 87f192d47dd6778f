// PostgreSQL's text format of COPY: fields parted by tabs, rows ended by newlines, NULL as \N, and a backslash before what
// would be taken for one of these. A newline byte is therefore always the end of a row.
// https://www.postgresql.org/docs/current/sql-copy.html#SQL-COPY-FILE-FORMATS

const SPECIAL = /[\\\t\n\r]/;
const SPECIALS = /[\\\t\n\r]/g;
const ESCAPES: Readonly<Record<string, string>> = { '\\': '\\\\', '\t': '\\t', '\n': '\\n', '\r': '\\r' };

/** How NULL is written. */
export const COPY_NULL: string = '\\N';

/** A field of a row; null is NULL. The text must be free of U+0000 and lone surrogates (see `cleanText`). */
export function textToCopyField(text: string | null): string {
  if (text === null) {
    return COPY_NULL;
  }
  return SPECIAL.test(text) ? text.replace(SPECIALS, (character) => ESCAPES[character] as string) : text;
}

/** A field that holds JSON, in which only the backslash needs care: `JSON.stringify` leaves no tab and no newline. */
export function jsonToCopyField(json: string): string {
  return json.includes('\\') ? json.replaceAll('\\', '\\\\') : json;
}

const NEWLINE = 0x0a;
const UNESCAPED: Readonly<Record<string, string>> = { t: '\t', n: '\n', r: '\r' };

/** The rows as they were before they were encoded. */
export function decodeCopyRows(rows: Uint8Array): (string | null)[][] {
  const text = Buffer.from(rows.buffer, rows.byteOffset, rows.byteLength).toString('utf8');
  const lines = text.split('\n');
  lines.pop();
  return lines.map((line) => line.split('\t').map(decodeField));
}

function decodeField(field: string): string | null {
  if (field === COPY_NULL) {
    return null;
  }
  return field.includes('\\')
    ? field.replace(/\\(.)/g, (_escape, character: string) => UNESCAPED[character] ?? character)
    : field;
}

/** Position of the first byte behind `rowCount` rows. */
export function offsetAfterRows(rows: Buffer, rowCount: number): number {
  let offset = 0;
  for (let row = 0; row < rowCount; row += 1) {
    const newline = rows.indexOf(NEWLINE, offset);
    if (newline === -1) {
      return rows.length;
    }
    offset = newline + 1;
  }
  return offset;
}
