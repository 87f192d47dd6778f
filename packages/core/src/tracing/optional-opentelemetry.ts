import { createRequire } from 'node:module';
import type * as OpenTelemetryApi from '@opentelemetry/api';
import type * as OpenTelemetrySdk from '@opentelemetry/sdk-trace';
import type * as OpenTelemetryResources from '@opentelemetry/resources';

/** What {@link loadSdk} found. */
export interface OpenTelemetrySdkModules {
  sdk: typeof OpenTelemetrySdk;
  resources: typeof OpenTelemetryResources;
}

const requireFromHere = createRequire(import.meta.url);
let api: typeof OpenTelemetryApi | undefined | null = null;
let sdk: OpenTelemetrySdkModules | undefined | null = null;

/** `@opentelemetry/api` where the application has it. It is an optional peer, so it may be absent. */
export function loadApi(): typeof OpenTelemetryApi | undefined {
  if (api === null) {
    api = tryRequire(requireFromHere, '@opentelemetry/api') as typeof OpenTelemetryApi | undefined;
  }
  return api;
}

/** `@opentelemetry/sdk-trace`, with the copy of `@opentelemetry/resources` that belongs to it. */
export function loadSdk(): OpenTelemetrySdkModules | undefined {
  if (sdk === null) {
    sdk = loadApi() === undefined ? undefined : findSdk();
  }
  return sdk;
}

function findSdk(): OpenTelemetrySdkModules | undefined {
  const trace = tryRequire(requireFromHere, '@opentelemetry/sdk-trace') as
    | typeof OpenTelemetrySdk
    | undefined;
  if (trace === undefined) {
    return undefined;
  }
  const requireFromSdk = createRequire(requireFromHere.resolve('@opentelemetry/sdk-trace'));
  const resources = tryRequire(requireFromSdk, '@opentelemetry/resources') as
    | typeof OpenTelemetryResources
    | undefined;
  return resources === undefined ? undefined : { sdk: trace, resources };
}

function tryRequire(require: NodeJS.Require, name: string): unknown {
  try {
    return require(name);
  } catch (error) {
    // Only "not installed" means absent; a package that is there and broken must not look like that.
    if ((error as NodeJS.ErrnoException).code === 'MODULE_NOT_FOUND') {
      return undefined;
    }
    throw error;
  }
}
