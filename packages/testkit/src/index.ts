export {
  type HttpAnswer,
  type HttpSend,
  sendForJson,
  sendHttp,
  startHttp,
  withKeptConnections,
  withOneConnection,
} from './contract/http-client.ts';
export { describeHttpTelemetryContract } from './contract/http-contract.ts';
export type {
  HttpContractApp,
  HttpContractOptions,
  HttpContractRun,
  OpenHttpContractApp,
} from './contract/http-contract-run.ts';
export { HttpContractHandlers, type SeenContext } from './contract/http-contract-handlers.ts';
export { describeHealthContract } from './contract/health-contract.ts';
export { describeHealthHistoryContract } from './contract/health-history-contract.ts';
export { describeMetricsContract } from './contract/metrics-contract.ts';
export { createUnreliableStore, type UnreliableStore } from './contract/unreliable-store.ts';
export {
  createHttpRows,
  type HttpRows,
  type StoredRequestMetric,
  type StoredSpan,
} from './contract/http-contract-rows.ts';
export {
  describeTransparencyContract,
  type OpenTransparentApp,
  type TransparencyOptions,
  type TransparentApp,
} from './contract/transparency-contract.ts';
export { RAW_HANDLERS } from './contract/transparency-handlers.ts';
export { mountNeighbours, serveWebSocket } from './contract/transparency-neighbours.ts';
export type { Neighbour } from './contract/transparency-neighbour.ts';
export { createQuietLogger, type QuietLogger } from './contract/quiet-logger.ts';
export { type FaultProxy, type FaultProxyTarget, startFaultProxy } from './fault-proxy.ts';
export { createDatabase, type CreatedDatabase } from './postgres/create-database.ts';
export { isPostgresMajor, type PostgresMajor, postgresMajors } from './postgres/postgres-major.ts';
export type { PostgresServer } from './postgres/postgres-server.ts';
export type { StopMode } from './postgres/server-process.ts';
export { startPostgres, type StartPostgresOptions } from './postgres/start-postgres.ts';
export { postgresMajorsUnderTest, testDatabase, testServerUrl } from './vitest/test-database.ts';
export { extractCodeBlocks, importCode, readCodeBlocks } from './readme.ts';
export { type Guide, readGuide } from './guide.ts';
export { type Alertmanager, findAlertmanager, startAlertmanager } from './wire/alertmanager.ts';
export { findPgBouncer, type PgBouncer, startPgBouncer } from './wire/pgbouncer.ts';
export { type PoolingProxy, startPoolingProxy } from './wire/pooling-proxy.ts';
export { createRandom, DISTRIBUTIONS, exactPercentile } from './contract/random-numbers.ts';
export { parseDocument } from './exposition/parse-document.ts';
export type { DocumentFormat, ParsedFamily, ParsedSample } from './exposition/parsed-document.ts';
export {
  checkWithPromtool,
  findPrometheus,
  type PrometheusServer,
  type ScrapeTarget,
  startPrometheus,
} from './exposition/prometheus-server.ts';
