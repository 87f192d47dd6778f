import { ObservabilityError } from '@pg-observability/core';

type Next = (error: unknown) => void;

/**
 * Recognises `app.use(correlationId)`: the factory was mounted instead of what it makes, so Express calls it with a request, a
 * response and `next`. Answers `next` then, else undefined.
 */
export function uncalledNext(args: readonly unknown[]): Next | undefined {
  const [request, response, next] = args;
  return args.length === 3 && isEmitter(request) && isEmitter(response) && typeof next === 'function'
    ? (next as Next)
    : undefined;
}

/** What to tell who wrote `app.use(name)`. */
export function uncalledError(name: string, instead: string): ObservabilityError {
  return new ObservabilityError(
    'INVALID_ARGUMENT',
    `${name} got a request, a response and next; expected options or nothing. It was mounted without being called: write ${instead} instead of app.use(${name}).`,
  );
}

function isEmitter(value: unknown): boolean {
  return typeof value === 'object' && value !== null && typeof (value as { on?: unknown }).on === 'function';
}
