import { expect, it } from 'vitest';
import { healthStatusToHttp } from '../../src/health/health-status-to-http.ts';
import type { HealthState, HealthStatus } from '../../src/health/health-status.ts';
import { summariseHealth } from '../../src/health/summarise-health.ts';

const checkedAt = new Date(0);

function createStatus(status: HealthState): HealthStatus {
  const details = { cache: { status, durationMs: 1 } };
  return { healthy: status !== 'down', status, message: 'm', checkedAt, details };
}

it.each([
  ['up', 200],
  ['degraded', 200],
  ['down', 503],
] as const)('answers %s with %i and tells nothing else', (status, statusCode) => {
  expect(healthStatusToHttp(createStatus(status))).toEqual({ statusCode, body: { status } });
});

it('tells what was checked when it is asked to', () => {
  const answer = healthStatusToHttp(createStatus('down'), { showDetails: 'always' });

  const checks = { cache: { status: 'down', durationMs: 1 } };
  expect(answer).toEqual({ statusCode: 503, body: { status: 'down', message: 'm', checks } });
});

it('tells of no checks where there were none', () => {
  const alive: HealthStatus = { healthy: true, status: 'up', message: 'alive', checkedAt };

  const answer = healthStatusToHttp(alive, { showDetails: 'always' });

  expect(answer).toEqual({ statusCode: 200, body: { status: 'up', message: 'alive', checks: {} } });
});

it.each([
  [[], { healthy: true, status: 'up', message: 'ready' }],
  [['up', 'up'], { healthy: true, status: 'up', message: 'ready' }],
  [['up', 'degraded'], { healthy: true, status: 'degraded', message: 'degraded: check1' }],
  [['down', 'degraded', 'down'], { healthy: false, status: 'down', message: 'down: check0, check2' }],
] as const)('sums up %j', (states, summary) => {
  const details = Object.fromEntries(
    states.map((status, index) => [`check${index}`, { status, durationMs: 0 }]),
  );

  expect(summariseHealth(details)).toEqual(summary);
});
