import { afterAll, beforeAll, expect, test } from '@jest/globals';
import {
  assertQueryCount,
  createTestObservability,
  observabilityMatchers,
} from '@pg-observability/core/testing';
import { openOrderDesk } from '../order-desk.mjs';
import { countFile, processChanges } from '../process-state.mjs';

let recorder;
let desk;
let atFirst;

beforeAll(async () => {
  countFile();
  atFirst = await processChanges();
  expect.extend(observabilityMatchers);
  recorder = createTestObservability();
  desk = await openOrderDesk(recorder);
});
afterAll(async () => {
  await desk.close();
  await recorder.shutdown();
});

test('the process is as the first file has found it', () => {
  expect(atFirst).toEqual([]);
});

test('this test made at most 3 queries', async () => {
  await recorder.reset();

  await fetch(`${desk.url}/orders/7`);

  await expect(recorder).toHaveMadeAtMostQueries(3);
  await expect(recorder).not.toHaveMadeAtMostQueries(2);
  await assertQueryCount(recorder, 3, () => fetch(`${desk.url}/orders/8`));
  await expect(assertQueryCount(recorder, 2, () => fetch(`${desk.url}/orders/9`))).rejects.toThrow(
    /3 queries/,
  );
});

test('a span GET /orders/:id with status 500 exists', async () => {
  await fetch(`${desk.url}/orders/lost`);

  await expect(recorder).toHaveSpan('GET /orders/:id', { 'http.response.status_code': 500 });
  await expect(recorder).not.toHaveSpan('GET /orders/:id', { 'http.response.status_code': 404 });
});

test('nothing stays behind', async () => {
  const during = (await processChanges()).map(({ name }) => name);

  await desk.close();
  await recorder.shutdown();

  expect(during).toEqual(
    expect.arrayContaining(['defaultInstance', 'spansAreRecorded', 'channels', 'listeners', 'timers']),
  );
  expect(await processChanges()).toEqual([]);
});
