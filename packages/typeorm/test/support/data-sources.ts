import { DataSource, EntitySchema } from 'typeorm';
import type { DataSourceOptions } from 'typeorm';

/** A business entity, as an application would have it. */
export interface Order {
  id: number;
  customer: string;
  total: number;
}

export const OrderEntity: EntitySchema<Order> = new EntitySchema<Order>({
  name: 'Order',
  tableName: 'orders',
  columns: {
    id: { type: 'integer', primary: true, generated: 'increment' },
    customer: { type: 'text' },
    total: { type: 'integer' },
  },
});

/** The options of an application's DataSource. */
export function dataSourceOptions(url: string, more: object = {}): DataSourceOptions {
  return { type: 'postgres', url, entities: [OrderEntity], logging: false, ...more };
}

const opened: DataSource[] = [];

/** An initialized DataSource that {@link closeDataSources} ends. */
export async function openDataSource(url: string, more: object = {}): Promise<DataSource> {
  const dataSource = new DataSource(dataSourceOptions(url, more));
  opened.push(dataSource);
  return dataSource.initialize();
}

/** Ends every DataSource of the test file that is still open. */
export async function closeDataSources(): Promise<void> {
  const open = opened.splice(0).filter((dataSource) => dataSource.isInitialized);
  await Promise.all(open.map((dataSource) => dataSource.destroy()));
}
