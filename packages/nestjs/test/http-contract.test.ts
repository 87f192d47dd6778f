import { describeHttpTelemetryContract } from '@pg-observability/testkit';
import { openContractApp } from './support/contract-app.ts';

describeHttpTelemetryContract('NestJS on Express', (options) => openContractApp('express', options));
describeHttpTelemetryContract('NestJS on Fastify', (options) => openContractApp('fastify', options));
