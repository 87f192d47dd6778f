import { embeddedStore } from '@pg-observability/core/embedded';
import { postgresStore } from '@pg-observability/core/node-postgres';
import { describeHealthContract, postgresMajorsUnderTest, testDatabase } from '@pg-observability/testkit';

for (const major of postgresMajorsUnderTest()) {
  describeHealthContract(`PostgreSQL ${major}`, async () => {
    const database = await testDatabase({ major });
    const store = postgresStore(database.url);
    return { store, close: async () => store.close?.() };
  });
}

describeHealthContract('the embedded store', async () => {
  const store = embeddedStore({ dataDir: 'memory://' });
  return { store, close: async () => store.close?.() };
});
