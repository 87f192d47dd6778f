import { Inject, Injectable } from '@nestjs/common';
import type { OnModuleInit } from '@nestjs/common';
import { MetadataScanner, ModulesContainer } from '@nestjs/core';
import type { Observability } from '@pg-observability/core';
import type { CallObserver } from '../decorators/call-observer.ts';
import { ENTRANCE, isWrappedBy, wrapMethod } from '../decorators/wrap-method.ts';
import type { MethodCall } from '../decorators/wrap-method.ts';
import { OBSERVABILITY } from '../module/observability-token.ts';
import { observeEntrance } from './entrance-observer.ts';
import { describeHandler } from './describe-handler.ts';
import type { HandlerOperation } from './handler-operation.ts';

interface ProviderWrapper {
  readonly metatype: unknown;
  readonly instance: unknown;
  isDependencyTreeStatic(): boolean;
}

const UNOBSERVED: CallObserver = {
  run: (work) => work(),
  succeed: () => undefined,
  leave: () => undefined,
  fail: () => undefined,
};
// Classes are shared by the applications of one process, one after the other in tests: each instance knows its own. What is
// made anew for each message is known by its class.
const owners = new WeakMap<object, Observability>();

/**
 * Gives each run of a scheduled job, each call of a gateway and each job of a queue its context, span and metric. Nest has no hook
 * for them, and reads the methods of providers when the application starts: by then they are wrapped, with their metadata.
 * What another application, or a test without one, calls is called as it is.
 */
@Injectable()
export class HandlerTelemetry implements OnModuleInit {
  readonly #observability: Observability;
  readonly #modules: ModulesContainer;

  constructor(
    @Inject(OBSERVABILITY) observability: Observability,
    @Inject(ModulesContainer) modules: ModulesContainer,
  ) {
    this.#observability = observability;
    this.#modules = modules;
    const scanner = new MetadataScanner();
    for (const { metatype } of this.#wrappers()) {
      const prototype: unknown = typeof metatype === 'function' ? metatype.prototype : undefined;
      if (typeof prototype === 'object' && prototype !== null) {
        scanner.getAllMethodNames(prototype).forEach((name) => wrapHandler(prototype, name));
      }
    }
  }

  onModuleInit(): void {
    for (const wrapper of this.#wrappers()) {
      const owned = wrapper.isDependencyTreeStatic() ? wrapper.instance : wrapper.metatype;
      if ((typeof owned === 'object' && owned !== null) || typeof owned === 'function') {
        owners.set(owned, this.#observability);
      }
    }
  }

  #wrappers(): ProviderWrapper[] {
    return [...this.#modules.values()].flatMap(({ providers, controllers }) => [
      ...providers.values(),
      ...controllers.values(),
    ]);
  }
}

function wrapHandler(prototype: object, name: string): void {
  const method = (prototype as Record<string, unknown>)[name];
  if (typeof method !== 'function' || isWrappedBy(ENTRANCE, method)) {
    return;
  }
  const described = describeHandler(method, prototype.constructor, name);
  if (described !== undefined) {
    const wrap = wrapMethod(ENTRANCE, (call) => observeHandler(call, described));
    const descriptor = { configurable: true, writable: true, enumerable: false, value: method as never };
    Object.defineProperty(prototype, name, wrap(prototype, name, descriptor));
  }
}

function observeHandler({ self, args }: MethodCall, described: HandlerOperation): CallObserver {
  const observability =
    typeof self === 'object' && self !== null
      ? (owners.get(self) ?? owners.get(self.constructor))
      : undefined;
  return observability === undefined || !described.isEntrance()
    ? UNOBSERVED
    : observeEntrance(observability, described.describe(args));
}
