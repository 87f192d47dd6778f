import { afterEach, describe, expect, it, vi } from 'vitest';
import { ObservabilityError } from '../../src/errors/observability-error.ts';
import { resolveMetricsOptions } from '../../src/metrics/metrics-options.ts';

afterEach(() => vi.unstubAllEnvs());

describe('resolveMetricsOptions', () => {
  it('fills in the defaults', () => {
    vi.stubEnv('OTEL_SERVICE_NAME', '');

    const options = resolveMetricsOptions();

    expect(options).toEqual({
      serviceName: null,
      resourceId: null,
      redact: undefined,
      flushIntervalMs: 10_000,
      maxSeriesPerMetric: 2_000,
      maxQueuedPoints: 50_000,
      timeoutMs: 5_000,
      now: Date.now,
      access: { schema: undefined, logger: undefined, timeoutMs: 5_000 },
    });
  });

  it('takes the service name from the environment unless it is given', () => {
    vi.stubEnv('OTEL_SERVICE_NAME', 'from-environment');

    const names = [resolveMetricsOptions(), resolveMetricsOptions({ serviceName: 'given' })];

    expect(names.map(({ serviceName }) => serviceName)).toEqual(['from-environment', 'given']);
  });

  it('leaves the object of the caller as it is', () => {
    const given = Object.freeze({ flushIntervalMs: 5 });

    const resolved = resolveMetricsOptions(given);

    expect([given, resolved.flushIntervalMs, Object.isFrozen(resolved)]).toEqual([
      { flushIntervalMs: 5 },
      5,
      true,
    ]);
  });

  it.each([
    null,
    'options',
    ...[0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY, '10', 10n, null, 2 ** 31].map(
      (flushIntervalMs) => ({ flushIntervalMs }),
    ),
    ...[0, '5', 2 ** 31].map((timeoutMs) => ({ timeoutMs })),
    ...[0, 1e9].map((maxSeriesPerMetric) => ({ maxSeriesPerMetric })),
    ...[0, 1e9].map((maxQueuedPoints) => ({ maxQueuedPoints })),
    ...['', 5, 'x'.repeat(256), null].map((serviceName) => ({ serviceName })),
    ...['', '0x10', '9223372036854775808', 7n, 7].map((resourceId) => ({ resourceId })),
    { redact: 'password' },
    { now: 5 },
  ])('refuses %o', (options) => {
    const resolve = (): unknown => resolveMetricsOptions(options as never);

    expect(resolve).toThrow(ObservabilityError);
    expect(resolve).toThrow(/^\[INVALID_OPTION\] /);
  });
});
