import { Catch, UseFilters } from '@nestjs/common';
import type { ExceptionFilter } from '@nestjs/common';
import { MetadataScanner } from '@nestjs/core';
import type { ApplicationConfig, ModulesContainer } from '@nestjs/core';
import { recordCurrentRequestError } from '@pg-observability/core';

/**
 * Matches no exception and notes each one it is compared with. Nest looks for the filter of an exception by `instanceof`, so
 * a filter for this class sees what the application's filters are about to handle, and never handles it.
 */
class AnyExceptionInPassing {
  static [Symbol.hasInstance](exception: unknown): boolean {
    recordCurrentRequestError(exception);
    return false;
  }
}

/** The filter that looks on. */
@Catch(AnyExceptionInPassing)
class ExceptionWatch implements ExceptionFilter {
  catch(): void {
    // Never called: nothing is an instance of the class above.
  }
}

const exceptionWatch = new ExceptionWatch();
// Functions of controllers are shared by the applications of one process.
const watchedHandlers = new WeakSet<object>();

/**
 * Lets the watch see exceptions of handlers, their guards, pipes and interceptors, and through the global filters those of
 * middleware, of body parsers and of requests no route matched. It must be asked before every filter of the application, so
 * it is bound last, and to the methods: Nest asks those of a method first and the global ones last.
 */
export function watchExceptions(config: ApplicationConfig, modules: ModulesContainer): void {
  config.addGlobalFilter(exceptionWatch);
  const scanner = new MetadataScanner();
  for (const module of modules.values()) {
    for (const { metatype } of module.controllers.values()) {
      const prototype: unknown = typeof metatype === 'function' ? metatype.prototype : undefined;
      if (typeof prototype === 'object' && prototype !== null) {
        scanner.getAllMethodNames(prototype).forEach((name) => watchHandler(prototype, name));
      }
    }
  }
}

function watchHandler(prototype: object, name: string): void {
  const handler = (prototype as Record<string, unknown>)[name];
  if (typeof handler === 'function' && !watchedHandlers.has(handler)) {
    watchedHandlers.add(handler);
    UseFilters(exceptionWatch)(prototype, name, { value: handler });
  }
}
