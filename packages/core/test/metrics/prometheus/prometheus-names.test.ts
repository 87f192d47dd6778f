import { describe, expect, it } from 'vitest';
import type { MetricType } from '../../../src/metrics/metric.ts';
import { toFamilyName, toLabelName } from '../../../src/metrics/prometheus/prometheus-names.ts';
import { unitToSuffix } from '../../../src/metrics/prometheus/unit-to-suffix.ts';

describe('unitToSuffix', () => {
  it.each<[unit: string | null, type: MetricType, suffix: string]>([
    [null, 'gauge', ''],
    ['', 'gauge', ''],
    ['s', 'histogram', 'seconds'],
    ['ms', 'histogram', 'milliseconds'],
    ['By', 'counter', 'bytes'],
    ['KiBy', 'gauge', 'kibibytes'],
    ['%', 'gauge', 'percent'],
    ['1', 'gauge', 'ratio'],
    ['1', 'counter', ''],
    ['1', 'histogram', ''],
    ['{request}', 'counter', ''],
    ['By{sent}', 'counter', 'bytes'],
    ['By/s', 'gauge', 'bytes_per_second'],
    ['{request}/s', 'gauge', 'per_second'],
    ['1/min', 'gauge', 'per_minute'],
    ['km/h', 'gauge', 'km_per_hour'],
    ['s/', 'gauge', 'seconds'],
    ['EUR', 'counter', 'EUR'],
    ['m²', 'gauge', 'm'],
    ['°', 'gauge', ''],
    ['constructor', 'gauge', 'constructor'],
    ['"\n\\', 'gauge', ''],
    ['{'.repeat(63), 'gauge', ''],
  ])('makes of %j for a %s %j', (unit, type, suffix) => {
    expect(unitToSuffix(unit, type)).toBe(suffix);
  });
});

describe('toFamilyName', () => {
  it.each<[name: string, type: MetricType, unit: string | null, family: string]>([
    ['http.server.request.duration', 'histogram', 's', 'http_server_request_duration_seconds'],
    ['orders.placed', 'counter', null, 'orders_placed'],
    ['orders_total', 'counter', null, 'orders'],
    ['orders.total.total', 'counter', null, 'orders'],
    ['orders_total', 'gauge', null, 'orders_total'],
    ['_total', 'counter', null, '_total'],
    ['sent.total', 'counter', 'By', 'sent_bytes'],
    ['wait_seconds', 'histogram', 's', 'wait_seconds'],
    ['seconds', 'gauge', 's', 'seconds'],
    ['seconds_before_lunch', 'gauge', 's', 'seconds_before_lunch_seconds'],
    ['cpu.', 'gauge', '1', 'cpu_ratio'],
    ['a..b--c', 'gauge', null, 'a_b_c'],
    ['job:rate', 'gauge', null, 'job:rate'],
    ['5xx', 'counter', null, '_5xx'],
    ['größe', 'gauge', null, 'gr_e'],
    ['注文', 'counter', null, '_'],
    ['a"} 1\nb{c="', 'gauge', null, 'a_1_b_c_'],
  ])('makes of %j, a %s in %j, %s', (name, type, unit, family) => {
    expect(toFamilyName(name, type, unit).name).toBe(family);
  });
});

describe('toLabelName', () => {
  it.each([
    ['http.route', 'http_route'],
    ['a:b', 'a_b'],
    ['3xx', '_3xx'],
    ['__name__', '_name_'],
    ['__proto__', '_proto_'],
    ['le', 'exported_le'],
    ['ключ', '_'],
    ['', '_'],
    ['a="x"\n', 'a_x_'],
  ])('makes of %j %s', (name, label) => {
    expect(toLabelName(name)).toBe(label);
  });
});
