import { AlertManager } from '@pg-observability/core';
import type { AlertNotificationFilter } from '@pg-observability/core';
import { memoryStore } from '@pg-observability/core/testing';
import { expect, it } from 'vitest';

it.each([
  [null],
  ['dead'],
  [[]],
  [{ state: 'lost' }],
  [{ state: ['dead'] }],
  [{ state: '__proto__' }],
  [{ receiver: '' }],
  [{ receiver: 5 }],
  [{ receiver: "'; drop table x; --" }],
  [{ receiver: 'x'.repeat(10_000_000) }],
  [{ alertId: '1' }],
  [{ alertId: -1 }],
  [{ alertId: Number.NaN }],
  [{ alertId: 3_000_000_000 }],
  [{ alertId: 1n }],
  [{ limit: 0 }],
  [{ limit: 1.5 }],
  [{ limit: Number.POSITIVE_INFINITY }],
])('notifications refuses %o', async (filter) => {
  const alerts = new AlertManager(memoryStore());

  await expect(alerts.notifications(filter as AlertNotificationFilter)).rejects.toMatchObject({
    code: 'INVALID_ARGUMENT',
    message: expect.stringMatching(/ is .*; expected /) as string,
  });
});
