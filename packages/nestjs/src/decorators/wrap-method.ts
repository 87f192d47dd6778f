import 'reflect-metadata';
import { ObservabilityError } from '@pg-observability/core';
import { observeCall } from './observe-call.ts';
import type { CallObserver } from './call-observer.ts';
import type { DecoratedMethod } from './decorator-types.ts';

/** A method that is decorated, and one call of it. */
export interface MethodCall {
  /** `Class.method`. */
  readonly methodName: string;
  /** Name of the method alone. */
  readonly key: string;
  readonly args: readonly unknown[];
  /** What the method is called on. */
  readonly self: unknown;
}

/**
 * Makes a method decorator that puts an observer around each call. The method that takes the place of the original has its
 * name, its length, its own properties and its metadata, and so the place of the decorator among others does not matter.
 *
 * @param decorator for messages, for example `@Traced()`
 * @param createObserver called for each call of the method
 */
export function wrapMethod(
  decorator: string,
  createObserver: (call: MethodCall) => CallObserver,
): <Method extends DecoratedMethod>(
  target: object,
  key: string | symbol,
  descriptor: TypedPropertyDescriptor<Method>,
) => TypedPropertyDescriptor<Method> {
  return (target, key, descriptor) => {
    const className = typeof target === 'function' ? target.name : target.constructor.name;
    const methodName = `${className}.${String(key)}`;
    const original: unknown = (descriptor as PropertyDescriptor | undefined)?.value;
    if (typeof original !== 'function') {
      throw new ObservabilityError(
        'INVALID_ARGUMENT',
        `${decorator} stands on ${methodName}, which is not a method; expected a method, and the compiler option experimentalDecorators, as Nest needs it.`,
      );
    }
    const wrapped = function (this: unknown, ...args: unknown[]): unknown {
      return observeCall(
        () => Reflect.apply(original, this, args),
        createObserver({ methodName, key: String(key), args, self: this }),
      );
    };
    copyFace(original, wrapped);
    noteWrapped(decorator, original, wrapped);
    // The same parameters and result as the method it wraps.
    return { ...descriptor, value: wrapped as never };
  };
}

/** Marks a method that opens the context of what enters the application by itself. */
export const ENTRANCE = 'an entrance';

// By function, which decorators: those that came before are remembered by the function that takes their place.
const wrappedBy = new WeakMap<object, ReadonlySet<string>>();

/** Whether a method has this decorator already, on its own or below others. */
export function isWrappedBy(decorator: string, method: unknown): boolean {
  return typeof method === 'function' && wrappedBy.get(method)?.has(decorator) === true;
}

/** Notes that `wrapped` stands in the place of `original` because of this decorator. */
export function noteWrapped(decorator: string, original: Function, wrapped: Function): void {
  wrappedBy.set(wrapped, new Set([...(wrappedBy.get(original) ?? []), decorator]));
}

// Nest, Swagger and schedulers keep what they know about a method as metadata of the function, or as properties of it.
function copyFace(from: Function, to: Function): void {
  for (const key of Reflect.ownKeys(from)) {
    const property = Object.getOwnPropertyDescriptor(from, key);
    if (property !== undefined && key !== 'prototype') {
      Object.defineProperty(to, key, property);
    }
  }
  for (const key of Reflect.getOwnMetadataKeys(from)) {
    Reflect.defineMetadata(key, Reflect.getOwnMetadata(key, from), to);
  }
}
