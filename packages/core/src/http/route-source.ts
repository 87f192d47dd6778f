import type { ClientFacts } from './http-attributes.ts';

/** What a framework knows about a request once it is answered. */
export interface RouteSource {
  /** The URL as it came, before any router has rewritten it. */
  originalUrl: string;
  /** The route's pattern, for example `/orders/:id`; undefined when no route matched. */
  route(): string | undefined;
  /**
   * What the framework knows of the client behind proxies it was told to trust (`trust proxy`, `trustProxy`); without it the
   * peer of the socket counts.
   */
  client?(): ClientFacts | undefined;
  /**
   * Puts a header on the response in the framework's own way, where it collects them; without it, or where that is not written in
   * the end, the header is added when the head of the response is.
   */
  setHeader?(name: string, value: string): void;
}
