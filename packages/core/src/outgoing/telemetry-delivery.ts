// The endpoint for envelopes, with the key of the project in the query as Sentry's own clients write it.
const SENTRY_PATH = /\/api\/[^/]+\/envelope\/$/;

/**
 * True for what another tool of the process delivers to its own service. It is no call of the application: Sentry sends an
 * error from within the request that failed, and would get our headers and a span.
 *
 * @source https://develop.sentry.dev/sdk/data-model/envelopes/
 */
export function isTelemetryDelivery({ pathname, searchParams }: URL): boolean {
  return SENTRY_PATH.test(pathname) && searchParams.has('sentry_key');
}
