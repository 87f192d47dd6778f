import { embeddedStore } from '@pg-observability/core/embedded';
import { postgresStore } from '@pg-observability/core/node-postgres';
import { postgresMajorsUnderTest, testDatabase } from '@pg-observability/testkit';
import pg from 'pg';
import { describeWorkflowContract } from '../../../testkit/src/contract/workflow-contract.ts';

for (const major of postgresMajorsUnderTest()) {
  describeWorkflowContract(`PostgreSQL ${major}`, async () => {
    const database = await testDatabase({ major });
    // More connections than a store of our own opens, so that calls really race.
    const pool = new pg.Pool({ connectionString: database.url, max: 8 });
    return { store: postgresStore(pool), close: () => pool.end() };
  });
}

describeWorkflowContract('the embedded store', async () => {
  const store = embeddedStore({ dataDir: 'memory://' });
  return { store, close: async () => store.close?.() };
});
