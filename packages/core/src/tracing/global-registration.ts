import type * as OpenTelemetryApi from '@opentelemetry/api';
import type { TracerProvider } from '@opentelemetry/sdk-trace';
import { AsyncContextManager } from './async-context-manager.ts';
import { createW3cPropagator } from './w3c-propagator.ts';

// Providers of ours that are alive, oldest first. The first is the global one; the next takes over when it is shut down.
const live: TracerProvider[] = [];
let ownsContextManager = false;

/** True when the application has registered a provider that is not one of ours. */
export function isForeignProviderRegistered(api: typeof OpenTelemetryApi): boolean {
  const delegate = globalDelegate(api);
  return delegate !== undefined && !live.includes(delegate as TracerProvider);
}

/** Makes sure that the context travels over awaits; does nothing where the application has a context manager. */
export function ensureContextManager(api: typeof OpenTelemetryApi): void {
  if (!ownsContextManager && !hasContextManager(api)) {
    const manager = new AsyncContextManager(api.ROOT_CONTEXT) as unknown as OpenTelemetryApi.ContextManager;
    ownsContextManager = api.context.setGlobalContextManager(manager);
  }
}

/** Registers our provider, context manager and propagator, each where there is none yet. */
export function registerGlobally(api: typeof OpenTelemetryApi, provider: TracerProvider): void {
  live.push(provider);
  ensureContextManager(api);
  if (globalDelegate(api) === undefined) {
    api.trace.setGlobalTracerProvider(provider);
    if (api.propagation.fields().length === 0) {
      api.propagation.setGlobalPropagator(createW3cPropagator(api));
    }
  }
  registeredApi = api;
}

let registeredApi: typeof OpenTelemetryApi | undefined;

/** Takes our provider back out; the last one takes the context manager and the propagator with it. */
export function unregisterGlobally(provider: TracerProvider): void {
  const api = registeredApi;
  const index = live.indexOf(provider);
  if (api === undefined || index === -1) {
    return;
  }
  const wasGlobal = globalDelegate(api) === provider;
  live.splice(index, 1);
  if (wasGlobal) {
    api.trace.disable();
    const next = live[0];
    if (next !== undefined) {
      api.trace.setGlobalTracerProvider(next);
      return;
    }
    api.propagation.disable();
    if (ownsContextManager) {
      api.context.disable();
      ownsContextManager = false;
    }
  }
}

function globalDelegate(api: typeof OpenTelemetryApi): object | undefined {
  const proxy = api.trace.getTracerProvider() as { getDelegate?: () => object };
  const delegate = typeof proxy.getDelegate === 'function' ? proxy.getDelegate() : proxy;
  return delegate.constructor.name === 'NoopTracerProvider' ? undefined : delegate;
}

function hasContextManager(api: typeof OpenTelemetryApi): boolean {
  const key = api.createContextKey('pg-observability probe');
  return api.context.with(
    api.ROOT_CONTEXT.setValue(key, true),
    () => api.context.active().getValue(key) === true,
  );
}
