import { embeddedStore } from '@pg-observability/core/embedded';
import { postgresStore } from '@pg-observability/core/node-postgres';
import { postgresMajorsUnderTest, testDatabase } from '@pg-observability/testkit';
import pg from 'pg';
import { describeStoreContract } from '../../../testkit/src/contract/store-contract.ts';

for (const major of postgresMajorsUnderTest()) {
  describeStoreContract(`postgresStore(url), PostgreSQL ${major}`, async () => {
    const database = await testDatabase({ major });
    const store = postgresStore(database.url);
    return {
      store,
      openAnother: async () => postgresStore(database.url),
      close: async () => {
        await store.close?.();
        await database.drop();
      },
    };
  });

  describeStoreContract(`postgresStore(pool), PostgreSQL ${major}`, async () => {
    const database = await testDatabase({ major });
    const pool = new pg.Pool({ connectionString: database.url });
    return {
      store: postgresStore(pool),
      close: async () => {
        await pool.end();
        await database.drop();
      },
    };
  });
}

describeStoreContract('embeddedStore', async () => {
  const store = embeddedStore({ dataDir: 'memory://' });
  return { store, close: async () => store.close?.() };
});
