import { ObservabilityError } from '@pg-observability/core';
import { isWrappedBy } from './wrap-method.ts';
import type { wrapMethod } from './wrap-method.ts';

/**
 * Wraps the methods that a class declares itself, in place: the class stays the one that the container knows, with its
 * metadata. What it inherits belongs to the class it comes from, which may be decorated too.
 *
 * @param decorator for messages, for example `@Traced()`
 * @param createDecorator makes the decorator of one method from the class's name
 * @throws `INVALID_ARGUMENT` when the target is not a class
 */
export function wrapClass(
  decorator: string,
  target: unknown,
  createDecorator: (className: string) => ReturnType<typeof wrapMethod>,
): void {
  const prototype: unknown = typeof target === 'function' ? target.prototype : undefined;
  if (typeof target !== 'function' || typeof prototype !== 'object' || prototype === null) {
    throw new ObservabilityError(
      'INVALID_ARGUMENT',
      `${decorator} stands on ${typeof target}, which is not a class; expected a class or a method.`,
    );
  }
  const decorate = createDecorator(target.name);
  for (const [key, descriptor] of Object.entries(Object.getOwnPropertyDescriptors(prototype))) {
    const method: unknown = descriptor.value;
    const isOpen = descriptor.configurable === true && !isWrappedBy(decorator, method);
    if (key !== 'constructor' && typeof method === 'function' && isOpen) {
      Object.defineProperty(prototype, key, decorate(prototype, key, descriptor as never));
    }
  }
}
