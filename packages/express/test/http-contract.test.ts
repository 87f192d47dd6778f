import { describeHttpTelemetryContract } from '@pg-observability/testkit';
import { openContractApp } from './contract-app.ts';
import { express4, express5, express5Router22 } from './express-versions.ts';

describeHttpTelemetryContract('Express 5', (options) => openContractApp(express5, options));
describeHttpTelemetryContract('Express 5 with router 2.2', (options) =>
  openContractApp(express5Router22, options),
);
describeHttpTelemetryContract('Express 4', (options) => openContractApp(express4, options));
