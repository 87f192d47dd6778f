import 'reflect-metadata';
import { NestFactory } from '@nestjs/core';
import { CorrelationLogger } from '@pg-observability/nestjs';
import { AppModule } from './app.module.ts';

const port = Number(process.env.PORT ?? 4311);
const app = await NestFactory.create(AppModule, { bufferLogs: true, logger: new CorrelationLogger() });
app.enableShutdownHooks();
await app.listen(port, '127.0.0.1');
