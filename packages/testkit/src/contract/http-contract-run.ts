import type { Observability, ObservabilityOptions } from '@pg-observability/core';
import type { HttpContractHandlers } from './http-contract-handlers.ts';
import type { HttpRows } from './http-contract-rows.ts';

/** What an application of the contract is made from. */
export interface HttpContractOptions {
  /** For `createObservability` or what stands for it in the framework, unchanged. */
  observability: ObservabilityOptions;
  /** What the routes do. */
  handlers: HttpContractHandlers;
}

/**
 * An application as a user would write it, listening on 127.0.0.1, with request telemetry, the probes at `/livez`, `/readyz`
 * and `/startupz`, whatever the adapter has for errors, and these routes:
 *
 * | route | does |
 * |---|---|
 * | `GET /plain`, `GET /orders/:orderId`, `GET /u/:id/books/:b/deep/:z` | answers `handlers.context()` as JSON |
 * | `GET /later`, `GET /inner`, `GET /gated` | answers `await handlers.later()` … |
 * | `POST /echo` | answers `handlers.echo(body)`, the body parsed by the framework's own JSON parser |
 * | `POST /upload` | answers `await handlers.upload(rawRequest)`; content type `application/octet-stream`, nothing has read it |
 * | `GET /fail`, `GET /reject`, `GET /refuse` | `handlers.fail()`, `await handlers.reject()`, `handlers.refuse()`: errors go the way of the framework |
 * | `GET /status/:code` | `handlers.status(rawResponse, Number(code))` |
 * | `GET /listen`, `GET /stream`, `GET /hang` | `handlers.listen(rawResponse)` … ; the framework answers nothing itself |
 */
export interface HttpContractApp {
  /** For example `http://127.0.0.1:41234`, without a slash at the end. */
  readonly url: string;
  readonly observability: Observability;
  /** Closes the server, open connections included, and shuts the instance down. */
  close(): Promise<void>;
}

/** Opens an application of the contract. */
export type OpenHttpContractApp = (options: HttpContractOptions) => Promise<HttpContractApp>;

/** What a test of the contract works with. */
export interface HttpContractRun {
  readonly app: HttpContractApp;
  readonly handlers: HttpContractHandlers;
  /** Lines that were logged. */
  readonly lines: readonly string[];
  /** Waits for the requests in flight, flushes, and answers what this application has stored. */
  readonly rows: HttpRows;
}

/** Runs `test` with an application of its own, so that tests share nothing but the database. */
export type WithHttpContractApp = (
  options: Partial<ObservabilityOptions>,
  test: (run: HttpContractRun) => Promise<void>,
) => Promise<void>;
