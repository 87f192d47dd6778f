import type * as OpenTelemetryApi from '@opentelemetry/api';
import { AsyncContextManager } from './async-context-manager.ts';
import type { RecordingTracerProvider } from './recording/recording-tracer-provider.ts';
import { createW3cPropagator } from './w3c-propagator.ts';

// Providers of ours that are alive, oldest first. The first is the global one; the next takes over when it is shut down.
const live: RecordingTracerProvider[] = [];
// Who needs the context to travel; the last one takes our context manager with it.
const contextHolders = new Set<object>();
let ownsContextManager = false;
let registeredApi: typeof OpenTelemetryApi | undefined;

/** True when the application has registered a provider that is not one of ours. */
export function isForeignProviderRegistered(api: typeof OpenTelemetryApi): boolean {
  const delegate = globalDelegate(api);
  return delegate !== undefined && !live.includes(delegate as RecordingTracerProvider);
}

/** Makes sure that the context travels over awaits; does nothing where the application has a context manager. */
export function holdContextManager(api: typeof OpenTelemetryApi, holder: object): void {
  contextHolders.add(holder);
  if (!hasContextManager(api)) {
    const manager = new AsyncContextManager(api.ROOT_CONTEXT) as unknown as OpenTelemetryApi.ContextManager;
    ownsContextManager = api.context.setGlobalContextManager(manager);
  }
}

/** True where OpenTelemetry's context travels in our frames, so that one of them carries everything. */
export function framesCarryContext(): boolean {
  return ownsContextManager;
}

/** Takes our context manager away with the last one that held it. */
export function releaseContextManager(api: typeof OpenTelemetryApi, holder: object): void {
  if (contextHolders.delete(holder) && contextHolders.size === 0 && ownsContextManager) {
    api.context.disable();
    ownsContextManager = false;
  }
}

/**
 * Registers our provider, context manager and propagator, each where there is none yet.
 *
 * @returns whether the context travels: false where another tool has registered by an older copy of OpenTelemetry's API, which
 * then refuses ours and hides its own
 */
export function registerGlobally(api: typeof OpenTelemetryApi, provider: RecordingTracerProvider): boolean {
  live.push(provider);
  holdContextManager(api, provider);
  if (globalDelegate(api) === undefined) {
    api.trace.setGlobalTracerProvider(provider);
    if (api.propagation.fields().length === 0) {
      api.propagation.setGlobalPropagator(createW3cPropagator(api));
    }
  }
  registeredApi = api;
  return hasContextManager(api);
}

/** Takes our provider back out; the last one takes the propagator and the context manager with it. */
export function unregisterGlobally(provider: RecordingTracerProvider): void {
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
    if (next === undefined) {
      api.propagation.disable();
    } else {
      api.trace.setGlobalTracerProvider(next);
    }
  }
  releaseContextManager(api, provider);
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
