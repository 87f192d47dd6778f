import { embeddedStore } from '@pg-observability/core/embedded';
import { postgresStore } from '@pg-observability/core/node-postgres';
import { memoryStore } from '@pg-observability/core/testing';
import {
  describeHealthHistoryContract,
  postgresMajorsUnderTest,
  testDatabase,
} from '@pg-observability/testkit';

for (const major of postgresMajorsUnderTest()) {
  describeHealthHistoryContract(`PostgreSQL ${major}`, async () => {
    const database = await testDatabase({ major });
    const store = postgresStore(database.url);
    return { store, close: async () => store.close?.() };
  });
}

describeHealthHistoryContract('the embedded store', async () => {
  const store = embeddedStore({ dataDir: 'memory://' });
  return { store, close: async () => store.close?.() };
});

describeHealthHistoryContract('the memory store', async () => ({
  store: memoryStore(),
  close: async () => undefined,
}));
