/** Whether one JSON value holds another as PostgreSQL's `@>` has it: objects by their keys, arrays by their elements. */
export function containsJson(stored: unknown, wanted: unknown): boolean {
  if (Array.isArray(wanted)) {
    return (
      Array.isArray(stored) && wanted.every((item) => stored.some((element) => containsJson(element, item)))
    );
  }
  if (typeof wanted === 'object' && wanted !== null) {
    return (
      typeof stored === 'object' &&
      stored !== null &&
      !Array.isArray(stored) &&
      Object.entries(wanted).every(
        ([key, value]) =>
          Object.hasOwn(stored, key) && containsJson((stored as Record<string, unknown>)[key], value),
      )
    );
  }
  return stored === wanted;
}
