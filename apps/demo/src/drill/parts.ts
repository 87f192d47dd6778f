import type { AlertManager, SqlStore, WorkflowStateTracker } from '@pg-observability/core';
import type { PostgresServer } from '@pg-observability/testkit/postgres';
import type { ServiceProcess } from '../service-process.ts';
import type { Hook } from './hook.ts';
import type { Report } from './report.ts';
import type { Traffic } from './traffic.ts';

/** Names of what runs; there are two processes of the order service. */
export type ServiceName = 'gateway' | 'orders' | 'orders2' | 'fulfilment';

/** What a scene works with. */
export interface DrillParts {
  server: PostgresServer;
  store: SqlStore;
  alerts: AlertManager;
  workflows: WorkflowStateTracker;
  hook: Hook;
  traffic: Traffic;
  services: Record<ServiceName, ServiceProcess>;
  /** Starts one again that was ended. */
  restart(name: ServiceName): Promise<void>;
}

/** One thing that goes wrong, and what must hold meanwhile. */
export interface Scene {
  title: string;
  play(parts: DrillParts, report: Report): Promise<void>;
}
