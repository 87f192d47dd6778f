import { setOwnProperty } from '../sanitize/own-property.ts';

/** Which traces are recorded. */
export interface SamplerSetting {
  /** What decides for a trace that begins here. */
  kind: 'always_on' | 'always_off' | 'traceidratio';
  /** Share of traces recorded, 0 to 1; 1 for `always_on`, 0 for `always_off`. */
  ratio: number;
  /** Whether a caller's decision is followed, and `kind` asked only where there is no caller. */
  parentBased: boolean;
}

/** Limits of a span, by the names of the SDK's `spanLimits`; only those that are set are there. */
export interface SpanLimitSettings {
  attributeCountLimit?: number;
  attributeValueLengthLimit?: number;
  eventCountLimit?: number;
  linkCountLimit?: number;
  attributePerEventCountLimit?: number;
  attributePerLinkCountLimit?: number;
}

/** What the environment asks of OpenTelemetry. */
export interface OpenTelemetryEnvironment {
  /** `OTEL_SDK_DISABLED`: no spans are to be recorded. */
  disabled: boolean;
  /** `OTEL_SERVICE_NAME`, else `service.name` of `OTEL_RESOURCE_ATTRIBUTES`. */
  serviceName?: string;
  /** `OTEL_RESOURCE_ATTRIBUTES` without `service.name`. */
  resourceAttributes: Record<string, string>;
  /** `OTEL_TRACES_SAMPLER` and `OTEL_TRACES_SAMPLER_ARG`. */
  sampler: SamplerSetting;
  /** `OTEL_SPAN_…_LIMIT`, `OTEL_ATTRIBUTE_…_LIMIT`, `OTEL_EVENT_…` and `OTEL_LINK_ATTRIBUTE_COUNT_LIMIT`. */
  spanLimits: SpanLimitSettings;
}

type Environment = Readonly<Record<string, string | undefined>>;
type Warn = (message: string) => void;

/**
 * Reads the `OTEL_*` variables that concern tracing, as the OpenTelemetry specification says
 * (https://opentelemetry.io/docs/specs/otel/configuration/sdk-environment-variables/): an empty variable is as good as none;
 * `true` in any case is true and nothing else is; names of samplers are compared without regard to case; what cannot be used
 * is reported and ignored. The SDK's own `TracerProvider` reads no variable at all.
 *
 * @param env - usually `process.env`; it is only read
 * @param warn - called once for each variable that cannot be used; values of resource attributes are not repeated in it
 *
 * @example
 * ```ts
 * readOpenTelemetryEnvironment({ OTEL_TRACES_SAMPLER: 'parentbased_traceidratio', OTEL_TRACES_SAMPLER_ARG: '0.1' }, console.warn);
 * // { disabled: false, resourceAttributes: {}, sampler: { kind: 'traceidratio', ratio: 0.1, parentBased: true }, spanLimits: {} }
 * ```
 */
export function readOpenTelemetryEnvironment(env: Environment, warn: Warn): OpenTelemetryEnvironment {
  const { 'service.name': namedInAttributes, ...resourceAttributes } = readResourceAttributes(env, warn);
  const serviceName = read(env, 'OTEL_SERVICE_NAME') ?? namedInAttributes;
  return {
    disabled: readBoolean(env, 'OTEL_SDK_DISABLED', warn),
    ...(serviceName === undefined || serviceName === '' ? {} : { serviceName }),
    resourceAttributes,
    sampler: readSampler(env, warn),
    spanLimits: readSpanLimits(env, warn),
  };
}

function read(env: Environment, name: string): string | undefined {
  const value = env[name]?.trim();
  return value === '' ? undefined : value;
}

function readBoolean(env: Environment, name: string, warn: Warn): boolean {
  const value = read(env, name)?.toLowerCase();
  if (value !== undefined && value !== 'true' && value !== 'false') {
    warn(`${name} is ${quote(value)}; only "true" and "false" are understood, so it counts as false.`);
  }
  return value === 'true';
}

function readCount(env: Environment, name: string, warn: Warn): number | undefined {
  const value = read(env, name);
  if (value === undefined) {
    return undefined;
  }
  const count = Number(value);
  if (/^[0-9]+$/.test(value) && Number.isSafeInteger(count)) {
    return count;
  }
  warn(`${name} is ${quote(value)}; a whole number of 0 or more is expected, so it is ignored.`);
  return undefined;
}

function readSpanLimits(env: Environment, warn: Warn): SpanLimitSettings {
  const count = (name: string): number | undefined => readCount(env, name, warn);
  // All are read, so that a warning comes for each; then the one for spans wins over the general one.
  const [attributes, spanAttributes] = [
    count('OTEL_ATTRIBUTE_COUNT_LIMIT'),
    count('OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT'),
  ];
  const [length, spanLength] = [
    count('OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT'),
    count('OTEL_SPAN_ATTRIBUTE_VALUE_LENGTH_LIMIT'),
  ];
  const limits: Record<keyof SpanLimitSettings, number | undefined> = {
    attributeCountLimit: spanAttributes ?? attributes,
    attributeValueLengthLimit: spanLength ?? length,
    eventCountLimit: count('OTEL_SPAN_EVENT_COUNT_LIMIT'),
    linkCountLimit: count('OTEL_SPAN_LINK_COUNT_LIMIT'),
    attributePerEventCountLimit: count('OTEL_EVENT_ATTRIBUTE_COUNT_LIMIT'),
    attributePerLinkCountLimit: count('OTEL_LINK_ATTRIBUTE_COUNT_LIMIT'),
  };
  return Object.fromEntries(Object.entries(limits).filter(([, limit]) => limit !== undefined));
}

const DEFAULT_SAMPLER: SamplerSetting = { kind: 'always_on', ratio: 1, parentBased: true };

function readSampler(env: Environment, warn: Warn): SamplerSetting {
  const value = read(env, 'OTEL_TRACES_SAMPLER');
  const [, prefix, kind] =
    /^(parentbased_)?(always_on|always_off|traceidratio)$/.exec(value?.toLowerCase() ?? '') ?? [];
  const parentBased = prefix !== undefined;
  switch (kind) {
    case 'always_on':
      return { kind, ratio: 1, parentBased };
    case 'always_off':
      return { kind, ratio: 0, parentBased };
    case 'traceidratio':
      return { kind, ratio: readRatio(env, warn), parentBased };
    default:
      if (value !== undefined) {
        warn(
          `OTEL_TRACES_SAMPLER is ${quote(value)}; expected is always_on, always_off, traceidratio, or one of them with parentbased_ before it. parentbased_always_on is used.`,
        );
      }
      return { ...DEFAULT_SAMPLER };
  }
}

const DECIMAL = /^\+?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:e[+-]?[0-9]+)?$/i;

function readRatio(env: Environment, warn: Warn): number {
  const value = read(env, 'OTEL_TRACES_SAMPLER_ARG');
  if (value === undefined) {
    return 1;
  }
  const ratio = Number(value);
  if (DECIMAL.test(value) && ratio <= 1) {
    return ratio;
  }
  warn(
    `OTEL_TRACES_SAMPLER_ARG is ${quote(value)}; a number from 0 to 1 is expected, so it is ignored and every trace is sampled.`,
  );
  return 1;
}

function readResourceAttributes(env: Environment, warn: Warn): Record<string, string> {
  const attributes: Record<string, string> = {};
  const entries = (read(env, 'OTEL_RESOURCE_ATTRIBUTES') ?? '')
    .split(',')
    .filter((entry) => entry.trim() !== '');
  for (const [index, entry] of entries.entries()) {
    const attribute = parseResourceAttribute(entry);
    if (attribute === undefined) {
      warn(
        `OTEL_RESOURCE_ATTRIBUTES is ignored as a whole, because its entry ${index + 1} is not key=value with "," and "=" and "%" in them percent-encoded.`,
      );
      return {};
    }
    setOwnProperty(attributes, ...attribute);
  }
  return attributes;
}

function parseResourceAttribute(entry: string): [key: string, value: string] | undefined {
  const [key = '', value, ...more] = entry.split('=').map((part) => part.trim());
  if (key === '' || value === undefined || more.length > 0) {
    return undefined;
  }
  try {
    return [decodeURIComponent(key), decodeURIComponent(value)];
  } catch {
    return undefined;
  }
}

function quote(value: string): string {
  return JSON.stringify(value.length > 64 ? `${value.slice(0, 64)}…` : value);
}
