import { Column, CreateDateColumn, Entity, PrimaryGeneratedColumn } from 'typeorm';

@Entity({ name: 'orders' })
export class Order {
  @PrimaryGeneratedColumn('uuid')
  id: string;

  @Column()
  sku: string;

  @Column()
  quantity: number;

  @Column({ default: 'placed' })
  status: string;

  /** What continues the trace when the worker picks the order up. */
  @Column({ type: 'jsonb', default: {} })
  traceHeaders: Record<string, string>;

  @CreateDateColumn({ type: 'timestamptz' })
  createdAt: Date;
}
