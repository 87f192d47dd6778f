import { embeddedStore } from '@pg-observability/core/embedded';
import { postgresStore } from '@pg-observability/core/node-postgres';
import { postgresMajorsUnderTest, testDatabase } from '@pg-observability/testkit';
import pg from 'pg';
import { describeAlertContract } from '../../../testkit/src/contract/alert-contract.ts';

for (const major of postgresMajorsUnderTest()) {
  describeAlertContract(`PostgreSQL ${major}`, async () => {
    const database = await testDatabase({ major });
    // More connections than a store of our own opens, so that calls really race.
    const pool = new pg.Pool({ connectionString: database.url, max: 8 });
    return { store: postgresStore(pool), close: () => pool.end() };
  });
}

describeAlertContract('the embedded store', async () => {
  const store = embeddedStore({ dataDir: 'memory://' });
  // Unpacks it here, where a busy machine may take its time.
  await store.query('select 1');
  return { store, close: async () => store.close?.() };
});
