import type pg from 'pg';
import { withTracingContext } from '@pg-observability/core';

/** A product that can be ordered. */
export interface Product {
  sku: string;
  name: string;
  priceCents: number;
}

const PRODUCTS: readonly Product[] = [
  { sku: 'lamp', name: 'Desk lamp', priceCents: 4_900 },
  { sku: 'chair', name: 'Office chair', priceCents: 18_900 },
  // The fulfilment worker never finds this one in stock.
  { sku: 'unicorn', name: 'Unicorn', priceCents: 99_900 },
];

/** The products of the gateway, kept in its own table. */
export async function createCatalogue(pool: pg.Pool) {
  await pool.query(
    'create table if not exists products (sku text primary key, name text, price_cents integer)',
  );
  for (const { sku, name, priceCents } of PRODUCTS) {
    await pool.query('insert into products values ($1, $2, $3) on conflict do nothing', [
      sku,
      name,
      priceCents,
    ]);
  }
  return {
    find: (sku: string): Promise<Product | undefined> =>
      withTracingContext('find product', { 'product.sku': sku }, async () => {
        const { rows } = await pool.query<Product>(
          'select sku, name, price_cents as "priceCents" from products where sku = $1',
          [sku],
        );
        return rows[0];
      }),
  };
}
