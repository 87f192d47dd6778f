import '@pg-observability/core/testing/vitest';
import { getTracer } from '@pg-observability/core';
import { createTestObservability, observabilityMatchers } from '@pg-observability/core/testing';
import type { TestObservability } from '@pg-observability/core/testing';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { enterFile, readProcessState } from './process-state.ts';

/** One test file as an application has it, and what it finds and leaves. Two of them run in one process. */
export function describeFile(): void {
  const shared = enterFile();
  const found = readProcessState();
  let test: TestObservability;

  beforeAll(() => {
    expect.extend(observabilityMatchers);
    test = createTestObservability();
  });
  afterAll(() => test.shutdown());

  it('finds what the first file has found', () => {
    expect(found).toEqual(shared.first);
  });

  it('records a request, its queries and its workflow', async () => {
    const { workflowId } = await test.workflows.createWorkflow({ workflowType: 'order' });

    await answerOneRequest(test, async () => {
      getTracer()
        .startSpan('SELECT', { kind: 2, attributes: { 'db.system.name': 'postgresql' } })
        .end();
      await test.workflows.transition(workflowId, 'paid', 'running');
    });

    await expect(test).toHaveMadeAtMostQueries(3);
    await expect(test).not.toHaveMadeAtMostQueries(0);
    await expect(test).toHaveSpan('GET /orders/:id', { 'http.response.status_code': 500 });
    await expect(test).toHaveReachedPhase(workflowId, 'paid');
    expect(await test.spans({ kind: 'SERVER' })).toHaveLength(1);
  });

  it('leaves nothing', async () => {
    const during = readProcessState();

    await test.shutdown();

    expect(during).not.toEqual(shared.first);
    expect(during).toMatchObject({ defaultInstance: true, spansAreRecorded: true, contextTravels: true });
    expect(readProcessState()).toEqual(shared.first);
    process.stdout.write(`test files in this process: ${shared.files}\n`);
  });
}

async function answerOneRequest(test: TestObservability, work: () => Promise<void>): Promise<void> {
  const { http } = test.observability;
  const server = createServer((request, response) => {
    const source = { originalUrl: request.url ?? '', route: () => '/orders/:id' };
    http.handle(request, response, source, () => {
      void work().finally(() => response.writeHead(500).end());
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  await fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}/orders/7`);
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
}
