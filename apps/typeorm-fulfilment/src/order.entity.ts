import { Column, Entity, PrimaryColumn } from 'typeorm';

/** The order as the worker sees it; the table belongs to the order service. */
@Entity({ name: 'orders', synchronize: false })
export class Order {
  @PrimaryColumn('uuid')
  id: string;

  @Column()
  sku: string;

  @Column()
  quantity: number;

  @Column()
  status: string;

  @Column({ type: 'jsonb' })
  traceHeaders: Record<string, string>;

  @Column({ type: 'timestamptz' })
  createdAt: Date;
}
