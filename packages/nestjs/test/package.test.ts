import { expect, it } from 'vitest';
import * as main from '../src/index.ts';
import * as terminus from '../src/terminus/index.ts';
import * as testing from '../src/testing/index.ts';
import { spawnFixture } from './support/spawn-fixture.ts';

it('exports these names', () => {
  expect({
    '.': Object.keys(main).toSorted(),
    './terminus': Object.keys(terminus).toSorted(),
    './testing': Object.keys(testing).toSorted(),
  }).toEqual({
    '.': [
      'CorrelationLogger',
      'Counted',
      'InjectObservability',
      'MessageInterceptor',
      'OBSERVABILITY',
      'ObservabilityModule',
      'Timed',
      'Traced',
      'propagateTrace',
    ],
    './terminus': ['ObservabilityHealthIndicator'],
    './testing': ['ObservabilityTestingModule', 'TEST_OBSERVABILITY'],
  });
});

it('runs where Terminus is not installed; only its own door needs it', async () => {
  const fixture = spawnFixture('without-terminus', { ABSENT_PACKAGES: '@nestjs/terminus' });

  const [runs, refused] = await Promise.all([fixture.message('runs'), fixture.message('refused')]);

  expect([runs, refused]).toEqual([true, expect.stringContaining('@nestjs/terminus is not installed')]);
});
