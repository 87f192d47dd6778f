import { getDefaultInstance } from '@pg-observability/core';
import { context, propagation, trace } from '@opentelemetry/api';
import { channel } from 'node:diagnostics_channel';
import http from 'node:http';

const CHANNELS = ['http.client.request.created', 'undici:request:create', 'undici:request:headers'];
const EVENTS = ['SIGTERM', 'SIGINT', 'beforeExit', 'exit'];

interface ProcessState {
  defaultInstance: boolean;
  spansAreRecorded: boolean;
  propagatedFields: string[];
  contextTravels: boolean;
  channels: string[];
  listeners: number[];
  functions: unknown[];
}

interface Shared {
  files: number;
  first: ProcessState;
}

const KEY = Symbol.for('pg-observability.test.one-process');
const registry = globalThis as { [KEY]?: Shared };

/** What the first test file of this process found; and how many have asked. */
export function enterFile(): Shared {
  const shared = (registry[KEY] ??= { files: 0, first: readProcessState() });
  shared.files += 1;
  return shared;
}

/** By what one could tell this process from one where nobody has recorded. */
export function readProcessState(): ProcessState {
  const changed = context.active().setValue(KEY, true);
  return {
    defaultInstance: getDefaultInstance() !== undefined,
    spansAreRecorded: trace.getTracer('test').startSpan('is anybody there').isRecording(),
    propagatedFields: propagation.fields(),
    contextTravels: context.with(changed, () => context.active() === changed),
    channels: CHANNELS.filter((name) => channel(name).hasSubscribers),
    listeners: EVENTS.map((name) => process.listenerCount(name)),
    functions: [http.request, http.get, globalThis.fetch],
  };
}
