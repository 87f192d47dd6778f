import { row } from './row.mjs';

/** The business of every application of the matrix: an order, and its workflow in the same transaction. */
const createTable = 'create table if not exists orders (id serial primary key, sku text not null)';
const insertOrder = 'insert into orders (sku) values ($1::text)';

/** Runs the steps of an order's workflow, and fails afterwards where the request asks for it. */
async function moveWorkflow(workflows, { workflowId, fails }) {
  await workflows.createWorkflow({ workflowId, workflowType: 'order', phase: 'placed' });
  await workflows.transition(workflowId, 'paid', 'running');
  if (fails === true) {
    throw new Error('the payment was refused');
  }
}

/** Over TypeORM: the order by its repository, the workflow by the transaction's manager. */
export async function createTypeormDesk(dataSource) {
  const { fromEntityManager } = await row.load('@pg-observability/typeorm');
  return {
    place: (workflows, order) =>
      dataSource.transaction(async (manager) => {
        await manager.save('Order', { sku: order.sku });
        await moveWorkflow(workflows.within(fromEntityManager(manager)), order);
      }),
    close: async () => {
      if (dataSource.isInitialized) {
        await dataSource.destroy();
      }
    },
  };
}

/** Over pg: a client of the business's own pool. */
async function createPgDesk() {
  const { fromPgClient } = await row.load('@pg-observability/core/node-postgres');
  const loaded = await row.load('pg');
  const { Pool } = loaded.default ?? loaded;
  const pool = new Pool({ connectionString: row.databaseUrl });
  await pool.query(createTable);
  const place = async (workflows, order) => {
    const client = await pool.connect();
    try {
      await client.query('begin');
      await client.query(insertOrder, [order.sku]);
      await moveWorkflow(workflows.within(fromPgClient(client)), order);
      await client.query('commit');
    } catch (error) {
      await client.query('rollback');
      throw error;
    } finally {
      client.release();
    }
  };
  return { place, close: () => pool.end() };
}

/** Over the store itself: PGlite has one session, so the business shares it. */
async function createStoreDesk(store) {
  await store.script(createTable);
  const place = (workflows, order) =>
    store.transaction(async (sql) => {
      await sql.query(insertOrder, [order.sku]);
      await moveWorkflow(workflows.within(sql), order);
    });
  return { place, close: () => Promise.resolve() };
}

/** The desk of an application that has no TypeORM. */
export function createDesk(store) {
  return row.store === 'embedded' ? createStoreDesk(store) : createPgDesk();
}

/** A DataSource with the table of the orders and a span for every query. */
export async function dataSourceOptions() {
  const { QuerySpanSubscriber } = await row.load('@pg-observability/typeorm');
  const { EntitySchema } = await row.load('typeorm');
  const Order = new EntitySchema({
    name: 'Order',
    tableName: 'orders',
    columns: { id: { type: 'integer', primary: true, generated: 'increment' }, sku: { type: 'text' } },
  });
  return {
    type: 'postgres',
    url: row.databaseUrl,
    entities: [Order],
    synchronize: true,
    subscribers: [QuerySpanSubscriber],
  };
}
