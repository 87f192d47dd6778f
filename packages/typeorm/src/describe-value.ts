/** Says what `value` is, for the message of an error: one short line that shows no content but short plain words. */
export function describeValue(value: unknown): string {
  switch (typeof value) {
    case 'string':
      // Longer text may be a URL with a password in it.
      return /^[\w-]{1,40}$/.test(value) ? `"${value}"` : `text of ${value.length} characters`;
    case 'number':
    case 'boolean':
    case 'undefined':
      return String(value);
    case 'object':
      return value === null ? 'null' : Array.isArray(value) ? 'an array' : 'an object';
    default:
      return `a ${typeof value}`;
  }
}
