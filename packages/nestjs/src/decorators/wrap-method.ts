import 'reflect-metadata';
import { ObservabilityError } from '@pg-observability/core';
import { observeCall } from './observe-call.ts';
import type { CallObserver } from './call-observer.ts';

/** A method that is decorated, and one call of it. */
export interface MethodCall {
  /** `Class.method`. */
  readonly methodName: string;
  readonly args: readonly unknown[];
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
): MethodDecorator {
  return <Method>(target: object, key: string | symbol, descriptor?: TypedPropertyDescriptor<Method>) => {
    const className = typeof target === 'function' ? target.name : target.constructor.name;
    const methodName = `${className}.${String(key)}`;
    const original = descriptor?.value;
    if (descriptor === undefined || typeof original !== 'function') {
      throw new ObservabilityError(
        'INVALID_ARGUMENT',
        `${decorator} stands on ${methodName}, which is not a method; expected a method, and the compiler option experimentalDecorators, as Nest needs it.`,
      );
    }
    const wrapped = function (this: unknown, ...args: unknown[]): unknown {
      return observeCall(() => Reflect.apply(original, this, args), createObserver({ methodName, args }));
    };
    copyFace(original, wrapped);
    return { ...descriptor, value: wrapped as Method };
  };
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
