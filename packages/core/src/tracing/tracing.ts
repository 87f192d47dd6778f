import type * as OpenTelemetryApi from '@opentelemetry/api';
import type { Sampler } from '@opentelemetry/sdk-trace';
import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { readOpenTelemetryEnvironment } from '../environment/opentelemetry-environment.ts';
import type { SamplerSetting } from '../environment/opentelemetry-environment.ts';
import type { OnException } from '../error-groups/recorded-exception.ts';
import { OperationsInFlight } from '../lifecycle/operations-in-flight.ts';
import type { Log } from '../logging/log-once.ts';
import { createSampler } from './create-sampler.ts';
import {
  holdContextManager,
  isForeignProviderRegistered,
  registerGlobally,
  releaseContextManager,
  unregisterGlobally,
} from './global-registration.ts';
import { noopTracer } from './noop-tracer.ts';
import type { Attributes, SpanProcessor, Tracer } from './opentelemetry-types.ts';
import { loadApi, loadSdk } from './optional-opentelemetry.ts';
import type { OpenTelemetrySdkModules } from './optional-opentelemetry.ts';
import { RecordingTracerProvider } from './recording/recording-tracer-provider.ts';
import { recordAll } from './sampling/record-all-sampler.ts';

/** Name under which our tracer appears as the instrumentation scope. */
export const SCOPE_NAME = '@pg-observability/core';

/**
 * What became of tracing: `active` (a provider of ours), `foreign-sdk` (the application's own SDK has our processor),
 * `foreign-sdk-not-connected` (it has not), `disabled` (OTEL_SDK_DISABLED), `no-opentelemetry` (not installed), `not-started`.
 */
export type TracingStatus =
  | 'not-started'
  | 'active'
  | 'foreign-sdk'
  | 'foreign-sdk-not-connected'
  | 'disabled'
  | 'no-opentelemetry';

/** Options of {@link Tracing}. */
export interface TracingOptions {
  serviceName: string;
  resourceAttributes?: Attributes | undefined;
  /** Where ended spans go; absent makes spans and IDs and stores nothing. */
  processor?: (SpanProcessor & { readonly started: number }) | undefined;
  /** Head sampling; default is what `OTEL_TRACES_SAMPLER` says. */
  sampler?: SamplerSetting | undefined;
  /** True records also what head sampling drops; the flag that other services see stays as it says. */
  recordsUnsampled?: boolean | undefined;
  /** Told of each exception when one of our spans records it. */
  onException?: OnException | undefined;
  log: Log;
  /** Called when a tracer is asked for before `start`, so that the whole instance starts by itself. */
  onFirstUse?: (() => void) | undefined;
  environment?: Record<string, string | undefined> | undefined;
}

// Where spans are made for their IDs alone.
const discardSpans: SpanProcessor = {
  onStart: () => undefined,
  onEnd: () => undefined,
  forceFlush: async () => undefined,
  shutdown: async () => undefined,
};

/** The tracing of one instance: its provider, its tracer, and what became of it. */
export class Tracing {
  /** What entered the instance otherwise than by HTTP and is under way: messages, jobs. */
  readonly operations: OperationsInFlight = new OperationsInFlight();
  readonly #options: TracingOptions;
  readonly #environment: ReturnType<typeof readOpenTelemetryEnvironment>;
  readonly #instanceId = randomUUID();
  #provider: RecordingTracerProvider | undefined;
  #tracer: Tracer = noopTracer;
  #state: 'not-started' | 'own' | 'foreign' | 'disabled' | 'no-opentelemetry' = 'not-started';

  constructor(options: TracingOptions) {
    this.#options = options;
    this.#environment = readOpenTelemetryEnvironment(options.environment ?? process.env, (message) =>
      options.log.warn(message),
    );
  }

  /** Name of the service: `OTEL_SERVICE_NAME` wins over the option, as OpenTelemetry's users expect. */
  get serviceName(): string {
    return this.#environment.serviceName ?? this.#options.serviceName;
  }

  /** What is known of this process and service; an SDK of the application's own may say otherwise. */
  get resourceAttributes(): Readonly<Record<string, unknown>> {
    return {
      'service.instance.id': this.#instanceId,
      'host.name': hostname(),
      'process.pid': process.pid,
      ...this.#options.resourceAttributes,
      ...this.#environment.resourceAttributes,
      'service.name': this.serviceName,
    };
  }

  /** The tracer spans are started with; makes no-op spans until `start`, and where OpenTelemetry is absent. */
  get tracer(): Tracer {
    return this.#tracer;
  }

  get status(): TracingStatus {
    switch (this.#state) {
      case 'own':
        return 'active';
      case 'foreign':
        return (this.#options.processor?.started ?? 0) > 0 ? 'foreign-sdk' : 'foreign-sdk-not-connected';
      default:
        return this.#state;
    }
  }

  /** True where spans are made by the application's own SDK. */
  get isForeign(): boolean {
    return this.#state === 'foreign';
  }

  /** Share of the traces begun here that head sampling lets through, 0 to 1; 1 where somebody else's SDK decides. */
  get headRatio(): number {
    const sampler = this.#options.sampler ?? this.#environment.sampler;
    return this.#state === 'own' && sampler.kind === 'traceidratio' ? sampler.ratio : 1;
  }

  /** The tracer; starts the instance when nobody has. */
  use(): Tracer {
    if (this.#state === 'not-started') {
      if (this.#options.onFirstUse === undefined) {
        this.start();
      } else {
        this.#options.onFirstUse();
      }
    }
    return this.#tracer;
  }

  /** Makes the provider and registers it globally, unless the application has an SDK of its own. Safe to call twice. */
  start(): void {
    if (this.#state !== 'not-started') {
      return;
    }
    const api = loadApi();
    if (this.#environment.disabled) {
      this.#state = 'disabled';
    } else if (api !== undefined && isForeignProviderRegistered(api)) {
      this.#useForeign(api, api.trace.getTracer(SCOPE_NAME));
    } else {
      this.#startOwn();
    }
  }

  async shutdown(): Promise<void> {
    const provider = this.#provider;
    if (provider !== undefined) {
      unregisterGlobally(provider);
      this.#provider = undefined;
      this.#tracer = noopTracer;
      await provider.shutdown();
    }
    const api = loadApi();
    if (api !== undefined) {
      releaseContextManager(api, this);
    }
  }

  #startOwn(): void {
    const api = loadApi();
    const modules = loadSdk();
    if (api === undefined || modules === undefined) {
      this.#state = 'no-opentelemetry';
      this.#options.log.info(
        'OpenTelemetry is not installed, so no spans are recorded; IDs are still made. To turn them on: npm install @opentelemetry/api @opentelemetry/sdk-trace',
      );
      return;
    }
    const { resources } = modules;
    const { processor } = this.#options;
    const provider = new RecordingTracerProvider({
      api,
      resource: resources
        .defaultResource()
        .merge(resources.resourceFromAttributes(this.resourceAttributes as Record<string, never>)),
      sampler: this.#createSampler(modules),
      spanLimits: this.#environment.spanLimits,
      processor: processor ?? discardSpans,
      onException: this.#options.onException,
    });
    this.#provider = provider;
    this.#tracer = provider.getTracer(SCOPE_NAME);
    this.#state = 'own';
    if (!registerGlobally(api, provider)) {
      this.#options.log.warn(
        'Another tool in this process has registered by an older copy of @opentelemetry/api, so spans do not nest. Install the version that tool asks for, with dd-trace 6: npm install @opentelemetry/api@1.9.1',
      );
    }
  }

  #createSampler(modules: OpenTelemetrySdkModules): Sampler | undefined {
    const setting = this.#options.sampler ?? this.#environment.sampler;
    if (this.#options.recordsUnsampled === true) {
      return recordAll(createSampler(modules, setting));
    }
    // The usual case is known without asking.
    return setting.kind === 'always_on' && setting.parentBased ? undefined : createSampler(modules, setting);
  }

  #useForeign(api: typeof OpenTelemetryApi, tracer: Tracer): void {
    this.#state = 'foreign';
    this.#tracer = tracer;
    // A provider registered by hand brings none along, and spans would not nest.
    holdContextManager(api, this);
    const { processor } = this.#options;
    if (processor === undefined) {
      return;
    }
    // Processors cannot be added to a registered provider, and none can be listed: a span that is never ended, and so never
    // exported, tells whether ours is there.
    tracer.startSpan('pg-observability connection check', { root: true });
    if (processor.started === 0) {
      this.#options.log.warn(
        'This application has its own OpenTelemetry SDK, and spans are not stored yet. Give it our processor: new NodeSDK({ spanProcessors: [observability.spanProcessor] }), or with dd-trace: new tracer.TracerProvider({ spanProcessors: [observability.spanProcessor] }).register()',
      );
    }
  }
}
