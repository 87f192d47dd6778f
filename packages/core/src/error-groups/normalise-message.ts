const MAX_CHARACTERS = 1_000;

// In this order: what is longer and more exact comes before what would find a part of it. None of them goes back over what it has read
// for longer than the text is, so that a hostile message costs no more than another.
const REPLACEMENTS: readonly (readonly [pattern: RegExp, replacement: string])[] = [
  [/[\w.+-]{1,64}@[\w-]{1,64}(?:\.[\w-]{1,64}){1,8}/g, '<email>'],
  [/\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b/gi, '<uuid>'],
  [
    /\b\d{4}-\d{2}-\d{2}(?:[T ]\d{2}:\d{2}(?::\d{2}(?:[.,]\d{1,9})?)?(?: ?(?:Z|UTC|[+-]\d{2}:?\d{2}))?)?(?![\w-])/g,
    '<date>',
  ],
  [
    /\b(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun),? (?:\d{1,2} )?[A-Z][a-z]{2} (?:\d{1,2} )?\d{4} \d{2}:\d{2}:\d{2}(?: (?:GMT|UTC)(?:[+-]\d{4})?)?(?: \([^()]{1,60}\))?/g,
    '<date>',
  ],
  [/\b\d{1,2}:\d{2}(?::\d{2}(?:[.,]\d{1,9})?)?\b/g, '<time>'],
  // An apostrophe within a word is no quotation mark.
  [/(?<!\w)"[^"\n]{0,400}"(?!\w)/g, '<text>'],
  [/(?<!\w)'[^'\n]{0,400}'(?!\w)/g, '<text>'],
  [/(?<!\w)`[^`\n]{0,400}`(?!\w)/g, '<text>'],
  [/[“«][^”»\n]{0,400}[”»]/g, '<text>'],
  [/\b0x[0-9a-f]{1,64}\b/gi, '<hex>'],
  [/\b(?=[a-f]{0,64}\d)[0-9a-f]{8,64}\b/gi, '<hex>'],
  [/\d+(?:[.,]\d+)*/g, '<number>'],
  [/\s+/g, ' '],
];

/**
 * A message without what differs from one time to the next, so that equal errors have equal ones: numbers, UUIDs, hex, quoted text,
 * e-mail addresses, dates and times. The first 1,000 characters count.
 *
 * @example
 * ```ts
 * normaliseMessage("Order 4711 of 'ada' not found"); // Order <number> of <text> not found
 * ```
 */
export function normaliseMessage(message: string): string {
  let text = message.slice(0, MAX_CHARACTERS);
  for (const [pattern, replacement] of REPLACEMENTS) {
    text = text.replace(pattern, replacement);
  }
  return text.trim();
}
