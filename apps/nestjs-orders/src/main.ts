import 'reflect-metadata';
import { NestFactory } from '@nestjs/core';
import { AppModule } from './app.module.ts';

const port = Number(process.env.PORT ?? 4311);
const app = await NestFactory.create(AppModule, { bufferLogs: true });
app.enableShutdownHooks();
await app.listen(port, '127.0.0.1');
