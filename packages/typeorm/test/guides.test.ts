import { context, propagation, trace } from '@opentelemetry/api';
import { getDefaultInstance } from '@pg-observability/core';
import { createHttpRows, importCode, readGuide, sendHttp, testDatabase } from '@pg-observability/testkit';
import { once } from 'node:events';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, it, onTestFinished, vi } from 'vitest';

const here = fileURLToPath(new URL('.', import.meta.url));

afterEach(() => {
  vi.unstubAllEnvs();
  trace.disable();
  context.disable();
  propagation.disable();
});

describe('docs/guides/typeorm.md', async () => {
  const { programs, queries, addedButNotRun } = await readGuide('guides/typeorm.md');
  const [app = '', ...others] = programs;
  const [statements = '', workflows = '', ...otherQueries] = queries;

  it('is all run here', () => {
    expect([others, otherQueries, addedButNotRun]).toEqual([[], [], []]);
  });

  it('saves an order with its workflow, and its SQL shows the queries', async () => {
    vi.stubEnv('DATABASE_URL', (await testDatabase()).url);
    vi.stubEnv('PORT', '0');
    vi.stubEnv('HOST', '127.0.0.1');
    const { server } = (await importCode(app, here)) as { server: Server };
    if (!server.listening) {
      await once(server, 'listening');
    }
    const instance = getDefaultInstance();
    if (instance === undefined) {
      throw new Error('The program has made no instance.');
    }
    onTestFinished(async () => {
      server.close();
      server.closeAllConnections();
      await instance.shutdown();
    });
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/orders/lamp`;

    const first = await sendHttp(url);
    const second = await sendHttp(url);

    expect([first.status, JSON.parse(first.body), second.status]).toEqual([
      200,
      { id: expect.any(String) as string, sku: 'lamp' },
      409,
    ]);
    const servers = (await createHttpRows(instance).spans()).filter(({ kind }) => kind === 'SERVER');
    const served = servers.map(
      ({ operation_name: name, attributes }) => `${name} ${String(attributes['http.response.status_code'])}`,
    );
    expect(served.toSorted()).toEqual(['GET /orders/:sku 200', 'GET /orders/:sku 409']);
    const { rows } = await instance.store.query(statements);
    // Statements that began in one millisecond come in any order.
    const seen = rows
      .map((row) => [row['operation_name'], row['status'], row['sqlstate']].join(' '))
      .toSorted();
    expect(seen).toEqual([
      'COMMIT UNSET ',
      'INSERT orders ERROR 23505',
      'INSERT orders UNSET ',
      'ROLLBACK UNSET ',
      'START TRANSACTION UNSET ',
      'START TRANSACTION UNSET ',
    ]);
    expect((await instance.store.query(workflows)).rows).toEqual([
      { sku: 'lamp', current_phase: 'placed', status: 'running' },
    ]);
  });
});
