import { postgresMajorsUnderTest, testDatabase } from '@pg-observability/testkit';
import { DataSource } from 'typeorm';
import { typeormStore } from '../../src/index.ts';
import { describeAlertContract } from '../../../testkit/src/contract/alert-contract.ts';
import type { ContractStore } from '../../../testkit/src/contract/contract-store.ts';
import { describeMetricsContract } from '../../../testkit/src/contract/metrics-contract.ts';
import { describeStoreContract } from '../../../testkit/src/contract/store-contract.ts';
import { describeWorkflowContract } from '../../../testkit/src/contract/workflow-contract.ts';
import { dataSourceOptions } from '../support/data-sources.ts';
import type { PostgresMajor } from '@pg-observability/testkit';

/** The DataSource is never initialized: the store has a pool of its own. */
async function openOwn(major: PostgresMajor): Promise<ContractStore> {
  const { url } = await testDatabase({ major });
  const store = typeormStore(new DataSource(dataSourceOptions(url)));
  return { store, close: async () => store.close?.() };
}

async function openShared(major: PostgresMajor): Promise<ContractStore> {
  const { url } = await testDatabase({ major });
  const dataSource = await new DataSource(dataSourceOptions(url)).initialize();
  return { store: typeormStore(dataSource, { pool: 'shared' }), close: () => dataSource.destroy() };
}

const majors = postgresMajorsUnderTest();

for (const major of majors) {
  const name = `typeormStore, PostgreSQL ${major}`;
  describeStoreContract(name, () => openOwn(major));
  describeStoreContract(`${name}, shared pool`, () => openShared(major));
  describeWorkflowContract(name, () => openOwn(major));
}

// These say more about core than about the store; one server is enough.
const newest = Math.max(...majors) as PostgresMajor;
describeMetricsContract(`typeormStore, PostgreSQL ${newest}`, () => openOwn(newest));
describeAlertContract(`typeormStore, PostgreSQL ${newest}`, () => openOwn(newest));
