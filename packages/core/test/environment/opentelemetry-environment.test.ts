import { describe, expect, it } from 'vitest';
import { readOpenTelemetryEnvironment } from '../../src/environment/opentelemetry-environment.ts';
import type {
  OpenTelemetryEnvironment,
  SamplerSetting,
} from '../../src/environment/opentelemetry-environment.ts';

const DEFAULTS: OpenTelemetryEnvironment = {
  disabled: false,
  resourceAttributes: {},
  sampler: { kind: 'always_on', ratio: 1, parentBased: true },
  spanLimits: {},
};

function read(env: Record<string, string | undefined>): OpenTelemetryEnvironment & { warnings: string[] } {
  const warnings: string[] = [];
  const result = readOpenTelemetryEnvironment(Object.freeze(env), (message) => warnings.push(message));
  // The name of the variable comes first in every warning; the wording is nobody's business.
  return { ...result, warnings: warnings.map((warning) => warning.split(' ')[0] ?? '') };
}

describe('readOpenTelemetryEnvironment', () => {
  it('has the defaults of the specification where nothing is set', () => {
    expect(read({})).toEqual({ ...DEFAULTS, warnings: [] });
  });

  it.each(['', '  ', undefined])('takes %j for not set in every variable', (value) => {
    const names = [
      'SDK_DISABLED',
      'SERVICE_NAME',
      'RESOURCE_ATTRIBUTES',
      'TRACES_SAMPLER',
      'TRACES_SAMPLER_ARG',
      'SPAN_EVENT_COUNT_LIMIT',
    ];

    const result = read(Object.fromEntries(names.map((name) => [`OTEL_${name}`, value])));

    expect(result).toEqual({ ...DEFAULTS, warnings: [] });
  });

  it.each([
    ['true', true, 0],
    ['TRUE', true, 0],
    [' True ', true, 0],
    ['false', false, 0],
    ['FALSE', false, 0],
    ['1', false, 1],
    ['yes', false, 1],
    ['on', false, 1],
  ])('reads OTEL_SDK_DISABLED=%s as %s', (value, disabled, warnings) => {
    const result = read({ OTEL_SDK_DISABLED: value });

    expect([result.disabled, result.warnings.length]).toEqual([disabled, warnings]);
  });

  it('lets OTEL_SERVICE_NAME win over service.name of OTEL_RESOURCE_ATTRIBUTES', () => {
    const both = read({ OTEL_SERVICE_NAME: ' orders ', OTEL_RESOURCE_ATTRIBUTES: 'service.name=other,a=b' });
    const one = read({ OTEL_RESOURCE_ATTRIBUTES: 'service.name=other,a=b' });
    const empty = read({ OTEL_SERVICE_NAME: '', OTEL_RESOURCE_ATTRIBUTES: 'service.name=' });

    expect(both).toEqual({
      ...DEFAULTS,
      serviceName: 'orders',
      resourceAttributes: { a: 'b' },
      warnings: [],
    });
    expect(one).toEqual({ ...DEFAULTS, serviceName: 'other', resourceAttributes: { a: 'b' }, warnings: [] });
    expect(empty).toEqual({ ...DEFAULTS, warnings: [] });
  });

  it.each<[string, Record<string, string>]>([
    ['a=b', { a: 'b' }],
    [' a = b , c = d ', { a: 'b', c: 'd' }],
    ['a=b,,c=d,', { a: 'b', c: 'd' }],
    [
      'deployment.environment.name=prod%20eu,k%2Cey=%3D%2C%25',
      { 'deployment.environment.name': 'prod eu', 'k,ey': '=,%' },
    ],
    ['name=J%C3%BCrgen', { name: 'Jürgen' }],
    ['name=Jürgen', { name: 'Jürgen' }],
    ['a=', { a: '' }],
    ['a=1,a=2', { a: '2' }],
  ])('reads OTEL_RESOURCE_ATTRIBUTES=%s', (value, resourceAttributes) => {
    expect(read({ OTEL_RESOURCE_ATTRIBUTES: value })).toEqual({
      ...DEFAULTS,
      resourceAttributes,
      warnings: [],
    });
  });

  it('keeps a resource attribute called __proto__ as data', () => {
    const { resourceAttributes } = read({ OTEL_RESOURCE_ATTRIBUTES: '__proto__=x,constructor=y' });

    expect(JSON.stringify(resourceAttributes)).toBe('{"__proto__":"x","constructor":"y"}');
  });

  it.each([
    'good=1,bad',
    'good=1,=x',
    'good=1,a=b=c',
    'good=1,a=%',
    'good=1,a=%zz',
    'good=1,a=%ff',
    'good=1,%c3=x',
    '=',
    'a',
  ])('ignores the whole of OTEL_RESOURCE_ATTRIBUTES=%s with one warning', (value) => {
    const result = read({ OTEL_RESOURCE_ATTRIBUTES: `${value},last=2` });

    expect(result).toEqual({ ...DEFAULTS, warnings: ['OTEL_RESOURCE_ATTRIBUTES'] });
  });

  it('warns once of several bad resource attributes', () => {
    expect(read({ OTEL_RESOURCE_ATTRIBUTES: 'bad,worse,%' })).toEqual({
      ...DEFAULTS,
      warnings: ['OTEL_RESOURCE_ATTRIBUTES'],
    });
  });

  it('does not repeat a resource attribute in a warning', () => {
    const warnings: string[] = [];

    readOpenTelemetryEnvironment({ OTEL_RESOURCE_ATTRIBUTES: 'a=hunter2,b' }, (message) =>
      warnings.push(message),
    );

    expect(warnings.join()).not.toContain('hunter2');
  });

  it.each<[string, string | undefined, SamplerSetting]>([
    ['always_on', undefined, { kind: 'always_on', ratio: 1, parentBased: false }],
    ['always_off', undefined, { kind: 'always_off', ratio: 0, parentBased: false }],
    ['traceidratio', undefined, { kind: 'traceidratio', ratio: 1, parentBased: false }],
    ['traceidratio', '0.25', { kind: 'traceidratio', ratio: 0.25, parentBased: false }],
    ['traceidratio', '0', { kind: 'traceidratio', ratio: 0, parentBased: false }],
    ['traceidratio', '1.0', { kind: 'traceidratio', ratio: 1, parentBased: false }],
    ['traceidratio', ' .5 ', { kind: 'traceidratio', ratio: 0.5, parentBased: false }],
    ['traceidratio', '1e-3', { kind: 'traceidratio', ratio: 0.001, parentBased: false }],
    ['parentbased_always_on', undefined, { kind: 'always_on', ratio: 1, parentBased: true }],
    ['parentbased_always_off', undefined, { kind: 'always_off', ratio: 0, parentBased: true }],
    ['parentbased_traceidratio', '0.1', { kind: 'traceidratio', ratio: 0.1, parentBased: true }],
    ['ParentBased_TraceIdRatio', '0.1', { kind: 'traceidratio', ratio: 0.1, parentBased: true }],
    ['always_on', 'not used', { kind: 'always_on', ratio: 1, parentBased: false }],
  ])('reads OTEL_TRACES_SAMPLER=%s with %s', (kind, argument, sampler) => {
    const result = read({ OTEL_TRACES_SAMPLER: kind, OTEL_TRACES_SAMPLER_ARG: argument });

    expect(result).toEqual({ ...DEFAULTS, sampler, warnings: [] });
  });

  it.each([
    'jaeger_remote',
    'parentbased_',
    'always',
    'on',
    'parentbased_parentbased_always_on',
    'always_on,always_off',
    'x'.repeat(10_000_000),
  ])('falls back to the default for the sampler of case %#', (kind) => {
    expect(read({ OTEL_TRACES_SAMPLER: kind })).toEqual({ ...DEFAULTS, warnings: ['OTEL_TRACES_SAMPLER'] });
  });

  it.each(['1.1', '-0.1', 'NaN', 'Infinity', 'half', '0x1', '0,5', '50%', '1 0'])(
    'ignores the ratio %s',
    (argument) => {
      const result = read({ OTEL_TRACES_SAMPLER: 'traceidratio', OTEL_TRACES_SAMPLER_ARG: argument });

      expect(result).toEqual({
        ...DEFAULTS,
        sampler: { kind: 'traceidratio', ratio: 1, parentBased: false },
        warnings: ['OTEL_TRACES_SAMPLER_ARG'],
      });
    },
  );

  it('reads the limits, those of spans before the general ones', () => {
    const general = { OTEL_ATTRIBUTE_COUNT_LIMIT: '10', OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT: '20' };
    const all = {
      ...general,
      OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT: '1',
      OTEL_SPAN_ATTRIBUTE_VALUE_LENGTH_LIMIT: '2',
      OTEL_SPAN_EVENT_COUNT_LIMIT: '3',
      OTEL_SPAN_LINK_COUNT_LIMIT: ' 0 ',
      OTEL_EVENT_ATTRIBUTE_COUNT_LIMIT: '5',
      OTEL_LINK_ATTRIBUTE_COUNT_LIMIT: '6',
    };

    expect(read(general).spanLimits).toEqual({ attributeCountLimit: 10, attributeValueLengthLimit: 20 });
    expect(read(all)).toEqual({
      ...DEFAULTS,
      spanLimits: {
        attributeCountLimit: 1,
        attributeValueLengthLimit: 2,
        eventCountLimit: 3,
        linkCountLimit: 0,
        attributePerEventCountLimit: 5,
        attributePerLinkCountLimit: 6,
      },
      warnings: [],
    });
  });

  it.each([
    '-1',
    '1.5',
    '1e3',
    '0x10',
    'many',
    'Infinity',
    'NaN',
    '12 34',
    '9'.repeat(20),
    '9'.repeat(1_000_000),
  ])('ignores the limit of case %#', (value) => {
    const result = read({ OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT: value, OTEL_ATTRIBUTE_COUNT_LIMIT: '7' });

    expect(result).toEqual({
      ...DEFAULTS,
      spanLimits: { attributeCountLimit: 7 },
      warnings: ['OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT'],
    });
  });
});
