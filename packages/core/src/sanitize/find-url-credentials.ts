import type { TextSpan } from './find-pair-value.ts';

/** Finds credentials in the URLs of one text, whose `://` have to be asked for from left to right. */
export interface UrlCredentialFinder {
  /** @param colon - where the `:` of `://` stands */
  (colon: number): TextSpan | undefined;
}

const SCHEME_END = /[A-Za-z0-9+.-]/;
const AUTHORITY_END = /[/?#\s"'`<>]/g;
const URL_END = /[\s"'`<>]/g;
const HOST_WITH_PORT = /^(?:[^:]*|\[[^\]]*\])(?::[0-9]*)?$/;
const WEB_SCHEME = /(?:https?|wss?)$/i;

/**
 * Makes a finder of `user:password@` (or `token@`) in the URLs of `text`.
 *
 * A password with an unescaped `/`, `?` or `#` ends the authority too early for a parser, and such URLs are just the ones
 * that end up in error messages; so everything up to the URL's last `@` counts as credentials. Not in web addresses, where
 * paths such as `/@scope/name` are common: there only if what stands before the path is no host with a port.
 */
export function createUrlCredentialFinder(text: string): UrlCredentialFinder {
  // The end and the last @ of the URL are kept, for one run of characters may hold any number of "://".
  let urlEnd = -1;
  let lastAt = -1;
  return (colon) => {
    if (colon === 0 || !SCHEME_END.test(text.charAt(colon - 1))) {
      return undefined;
    }
    const from = colon + 3;
    if (from > urlEnd) {
      urlEnd = indexOfMatch(URL_END, text, from);
      lastAt = text.slice(from, urlEnd).lastIndexOf('@') + from;
      lastAt = text.charAt(lastAt) === '@' ? lastAt : -1;
    }
    if (lastAt < from) {
      return undefined;
    }
    const isWebAddress = WEB_SCHEME.test(text.slice(Math.max(0, colon - 5), colon));
    const authority = text.slice(from, indexOfMatch(AUTHORITY_END, text, from));
    const at = authority.lastIndexOf('@');
    if (isWebAddress && (at !== -1 || HOST_WITH_PORT.test(authority))) {
      return at > 0 ? { from, to: from + at } : undefined;
    }
    return lastAt > from ? { from, to: lastAt } : undefined;
  };
}

function indexOfMatch(pattern: RegExp, text: string, from: number): number {
  pattern.lastIndex = from;
  return pattern.exec(text)?.index ?? text.length;
}
