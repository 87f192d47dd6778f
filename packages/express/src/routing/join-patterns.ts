/**
 * Joins the pattern of a mount and the pattern inside it: `/u/:id` and `/books/:b` make `/u/:id/books/:b`.
 *
 * @param base what the mounts so far come to, without a slash at the end; empty at the root
 * @param pattern as it was registered: text, or a regular expression, which is shown in its own notation
 */
export function joinPatterns(base: string, pattern: unknown): string {
  const text = Array.isArray(pattern) ? pattern.map(String).join('|') : String(pattern);
  const trimmed = text.length > 1 && typeof pattern === 'string' ? text.replace(/\/+$/, '') : text;
  return trimmed === '/' ? base : `${base}${trimmed}`;
}

/** The pattern as a label: the root is `/`, not empty. */
export function patternToRoute(pattern: string): string {
  return pattern === '' ? '/' : pattern;
}
