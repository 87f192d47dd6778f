import { Module } from '@nestjs/common';
import { TerminusModule } from '@nestjs/terminus';
import { TypeOrmModule } from '@nestjs/typeorm';
import { DataSource } from 'typeorm';
import { ObservabilityModule } from '@pg-observability/nestjs';
import { ObservabilityHealthIndicator } from '@pg-observability/nestjs/terminus';
import { QuerySpanSubscriber, typeormStore } from '@pg-observability/typeorm';
import { AlertsController } from './alerts.controller.ts';
import { alertOptions } from './alerts.ts';
import { HealthController } from './health.controller.ts';
import { orderWorkflow } from './order-workflow.ts';
import { Order } from './order.entity.ts';
import { OrdersController } from './orders.controller.ts';
import { OrdersService } from './orders.service.ts';

@Module({
  imports: [
    TypeOrmModule.forRoot({
      type: 'postgres',
      url: process.env.DATABASE_URL,
      entities: [Order],
      subscribers: [QuerySpanSubscriber],
      // For the example only: a real service runs migrations.
      synchronize: true,
    }),
    TypeOrmModule.forFeature([Order]),
    ObservabilityModule.forRootAsync({
      inject: [DataSource],
      useFactory: (dataSource: DataSource) => ({
        serviceName: 'nestjs-orders',
        store: typeormStore(dataSource),
        workflows: [orderWorkflow],
        stuckWorkflows: { intervalMs: Number(process.env.STUCK_INTERVAL_MS ?? 60_000) },
        alerts: alertOptions(process.env),
      }),
    }),
    TerminusModule,
  ],
  controllers: [OrdersController, HealthController, AlertsController],
  providers: [OrdersService, ObservabilityHealthIndicator],
})
export class AppModule {}
