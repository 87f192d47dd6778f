import { assertQueryCount, assertSpan, createTestObservability } from '@pg-observability/core/testing';
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { openOrderDesk } from '../order-desk.mjs';
import { countFile, processChanges } from '../process-state.mjs';

// In one process all files are loaded before the first test runs: hooks outside of a suite would be those of every file.
describe('the order desk', () => {
  let recorder;
  let desk;
  let atFirst;

  before(async () => {
    countFile();
    atFirst = await processChanges();
    recorder = createTestObservability();
    desk = await openOrderDesk(recorder);
  });
  after(async () => {
    await desk.close();
    await recorder.shutdown();
  });

  test('the process is as the first file has found it', () => {
    assert.deepEqual(atFirst, []);
  });

  test('this test made at most 3 queries', async () => {
    await assertQueryCount(recorder, 3, () => fetch(`${desk.url}/orders/7`));

    await assert.rejects(
      assertQueryCount(recorder, 2, () => fetch(`${desk.url}/orders/8`)),
      { name: 'AssertionError', operator: 'assertQueryCount', message: /3 queries/ },
    );
  });

  test('a span GET /orders/:id with status 500 exists', async () => {
    await fetch(`${desk.url}/orders/lost`);

    const attributes = { 'http.response.status_code': 500 };
    const span = await assertSpan(recorder, { name: 'GET /orders/:id', attributes });
    await assert.rejects(
      assertSpan(recorder, { name: 'DELETE /orders/:id', attributes }),
      assert.AssertionError,
    );
    assert.equal(span.status, 'ERROR');
  });

  test('nothing stays behind', async () => {
    const during = (await processChanges()).map(({ name }) => name);

    await desk.close();
    await recorder.shutdown();

    const expected = ['defaultInstance', 'spansAreRecorded', 'channels', 'listeners', 'timers'];
    assert.deepEqual(
      expected.filter((name) => !during.includes(name)),
      [],
    );
    assert.deepEqual(await processChanges(), []);
  });
});
