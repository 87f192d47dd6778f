import { postgresStore } from '@pg-observability/core/node-postgres';
import { Pool } from 'pg';
import { afterAll, beforeAll, describe } from 'vitest';
import { testDatabase } from '../vitest/test-database.ts';
import { describeHttpAborts } from './http-contract-aborts.ts';
import { describeHttpContext } from './http-contract-context.ts';
import { describeHttpCorrelation } from './http-contract-correlation.ts';
import { describeHttpDraining } from './http-contract-draining.ts';
import { HttpContractHandlers } from './http-contract-handlers.ts';
import { describeHttpFailures } from './http-contract-failures.ts';
import { describeHttpPropagation } from './http-contract-propagation.ts';
import { createHttpRows } from './http-contract-rows.ts';
import type { OpenHttpContractApp, WithHttpContractApp } from './http-contract-run.ts';
import { describeHttpSpans } from './http-contract-spans.ts';
import { createQuietLogger } from './quiet-logger.ts';

/**
 * What request telemetry promises with every framework, over real HTTP and read back from a real database.
 *
 * @param name of the framework
 * @param openApp opens an {@link HttpContractApp}
 */
export function describeHttpTelemetryContract(name: string, openApp: OpenHttpContractApp): void {
  describe(`request telemetry of ${name}`, () => {
    let pool: Pool;
    let count = 0;

    beforeAll(async () => {
      pool = new Pool({ connectionString: (await testDatabase()).url });
    });
    afterAll(() => pool.end());

    const withApp: WithHttpContractApp = async (options, test) => {
      count += 1;
      const handlers = new HttpContractHandlers();
      const logger = createQuietLogger();
      const store = postgresStore(pool);
      const serviceName = `contract-${count}`;
      const app = await openApp({ handlers, observability: { serviceName, store, logger, ...options } });
      try {
        await test({ app, handlers, lines: logger.lines, rows: createHttpRows(app.observability) });
      } finally {
        handlers.openGate();
        await app.close();
      }
    };

    describe('spans and metrics', () => describeHttpSpans(withApp));
    describe('failures', () => describeHttpFailures(withApp));
    describe('clients that go away', () => describeHttpAborts(withApp));
    describe('correlation IDs', () => describeHttpCorrelation(withApp));
    describe('the context of a request', () => describeHttpContext(withApp));
    describe('traces from other services', () => describeHttpPropagation(withApp));
    describe('draining and probes', () => describeHttpDraining(withApp));
  });
}
