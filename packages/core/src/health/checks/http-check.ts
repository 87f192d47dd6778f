import { describeValue } from '../../arguments/describe-value.ts';
import { ObservabilityError } from '../../errors/observability-error.ts';
import { untraced } from '../../tracing/untraced.ts';
import type { HealthCheckFunction } from '../health-check.ts';

/** Options of {@link httpCheck}. */
export interface HttpCheckOptions {
  /** Which status is up: one, several, or a function. Default: 200 to 299. */
  status?: number | readonly number[] | ((status: number) => boolean) | undefined;
  /** Headers of the request. Default: none but those of `fetch`. */
  headers?: Readonly<Record<string, string>> | undefined;
}

/**
 * A check that asks a URL with GET, once, without following redirects: what answers for another service would say nothing about this
 * one. Its time is the `timeoutMs` of the check. The body is not read, and no span is made.
 *
 * @param url `http:` or `https:`, without credentials
 * @throws `INVALID_ARGUMENT`
 * @example `checks: { payments: { check: httpCheck('http://payments.internal/livez'), timeoutMs: 500, cacheMs: 5_000 } }`
 */
export function httpCheck(url: string | URL, options: HttpCheckOptions = {}): HealthCheckFunction {
  const target = toTarget(url);
  const isUp = toStatusRule(options);
  const headers = toHeaders(options.headers);
  return async ({ signal }) => {
    const response = await untraced(() => fetch(target, { signal, headers, redirect: 'manual' })).catch(
      (error: unknown) => {
        throw new Error(`${target.host} did not answer: ${reasonOf(error)}`, { cause: error });
      },
    );
    // Lets go of the connection.
    await response.body?.cancel().catch(() => undefined);
    return isUp(response.status)
      ? { healthy: true }
      : { healthy: false, message: `${target.host} answered ${response.status}` };
  };
}

// "fetch failed" says nothing; its cause does, or, with two addresses, the causes of that.
function reasonOf(error: unknown): string {
  const { cause, message } = error as { cause?: { code?: unknown; message?: unknown }; message?: unknown };
  return String(cause?.message || cause?.code || message);
}

function toTarget(url: unknown): URL {
  const target = typeof url === 'string' || url instanceof URL ? parse(String(url)) : undefined;
  if (target === undefined || !/^https?:$/u.test(target.protocol) || target.username || target.password) {
    throw invalid(
      'The URL',
      url,
      "an http: or https: URL without credentials, for example 'http://payments.internal/livez'",
    );
  }
  return target;
}

// URL.canParse would do, and parse twice.
function parse(text: string): URL | undefined {
  try {
    return new URL(text);
  } catch {
    return undefined;
  }
}

function toStatusRule(options: HttpCheckOptions): (status: number) => boolean {
  if (typeof options !== 'object' || options === null) {
    throw invalid('The second argument', options, 'an object such as { status: 204 }');
  }
  const { status } = options;
  if (status === undefined) {
    return (got) => got >= 200 && got <= 299;
  }
  if (typeof status === 'function') {
    return (got) => status(got) === true;
  }
  const wanted: readonly unknown[] = Array.isArray(status) ? status : [status];
  if (wanted.length === 0 || !wanted.every(isStatus)) {
    throw invalid('status', status, 'a status from 100 to 599, several of them, or a function');
  }
  return (got) => wanted.includes(got);
}

function isStatus(value: unknown): boolean {
  return typeof value === 'number' && Number.isInteger(value) && value >= 100 && value <= 599;
}

function toHeaders(headers: unknown): Headers {
  try {
    return new Headers((headers ?? {}) as Record<string, string>);
  } catch (error) {
    throw new ObservabilityError(
      'INVALID_ARGUMENT',
      'headers of httpCheck cannot be sent; expected names and values of HTTP headers.',
      { cause: error },
    );
  }
}

function invalid(name: string, got: unknown, expected: string): ObservabilityError {
  return new ObservabilityError(
    'INVALID_ARGUMENT',
    `${name} of httpCheck is ${describeValue(got)}; expected ${expected}.`,
  );
}
