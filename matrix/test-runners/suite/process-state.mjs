import { getDefaultInstance } from '@pg-observability/core';
import { context, propagation, trace } from '@opentelemetry/api';
import { createHook } from 'node:async_hooks';
import { channel } from 'node:diagnostics_channel';
import http from 'node:http';
import https from 'node:https';
import { setImmediate } from 'node:timers/promises';
import { runInThisContext } from 'node:vm';

/** The globals of the process itself: jest gives each file a set of its own, and a copy of `process`. */
const realGlobal = runInThisContext('globalThis');

/** What the test files of one process share. */
const shared = (realGlobal[Symbol.for('matrix.process-state')] ??= {
  files: 0,
  first: undefined,
  functions: undefined,
  timers: watchTimers(new Map()),
});

const CHANNELS = [
  'http.client.request.created',
  'undici:request:create',
  'undici:request:headers',
  'undici:request:trailers',
  'undici:request:error',
];
const EVENTS = ['SIGTERM', 'SIGINT', 'beforeExit', 'exit', 'uncaughtException', 'unhandledRejection'];

/** The timers of our packages that are alive, also those that do not keep the process alive, which neither jest nor Node tell about. */
function watchTimers(timers) {
  const isTimers = (line) => line.includes('node:internal') || line.includes('node:timers');
  createHook({
    init(id, type) {
      if (type === 'Timeout' || type === 'Immediate') {
        const lines = new Error('where').stack.split('\n').slice(2);
        const caller = lines.find((line) => !isTimers(line)) ?? '';
        // Node's own timers, made while it runs for us, are called by `node:_http_outgoing` and the like.
        if (caller.includes('pg-observability')) {
          timers.set(id, caller.trim());
        }
      }
    },
    destroy: (id) => timers.delete(id),
  }).enable();
  return timers;
}

/** Says at the end how many test files there were, so that the row can tell one process from two. */
export function countFile() {
  shared.files += 1;
  if (shared.files === 1) {
    realGlobal.process.once('exit', () =>
      realGlobal.console.log(`test files in this process: ${shared.files}`),
    );
  }
}

function pick(object, names) {
  return names.map((name) => object[name]);
}

function countListeners(emitter) {
  return Object.fromEntries(EVENTS.map((name) => [name, emitter.listenerCount(name)]));
}

function contextTravels() {
  const changed = context.active().setValue(Symbol.for('matrix'), true);
  return context.with(changed, () => context.active() === changed);
}

/** Functions that a library could have replaced. */
function readFunctions() {
  return [
    ...[http, https].flatMap((module) => pick(module, ['request', 'get'])),
    ...pick(realGlobal, ['fetch', 'setTimeout', 'setInterval', 'queueMicrotask']),
    ...pick(realGlobal.process, ['emit', 'exit', 'kill', 'on', 'emitWarning']),
    ...pick(realGlobal.console, ['log', 'info', 'warn', 'error', 'debug']),
    http.Server.prototype.emit,
    http.ServerResponse.prototype.writeHead,
  ];
}

/** All by which one could tell this process from one where nobody has recorded. */
function readProcessState() {
  const functions = readFunctions();
  return {
    defaultInstance: getDefaultInstance() !== undefined,
    spansAreRecorded: trace.getTracer('matrix').startSpan('is anybody there').isRecording(),
    propagatedFields: propagation.fields(),
    contextTravels: contextTravels(),
    channels: CHANNELS.filter((name) => channel(name).hasSubscribers),
    listeners: [process, realGlobal.process].map(countListeners),
    timers: [...shared.timers.values()],
    globalNames: Object.getOwnPropertyNames(realGlobal).toSorted(),
    replacedFunctions: functions.filter((each, index) => each !== shared.functions[index]).length,
  };
}

/** What is not as the first test file of this process found it, by name; the first call of all finds nothing. */
export async function processChanges() {
  // Node tells of timers that are gone a turn later.
  await setImmediate();
  await setImmediate();
  shared.functions ??= readFunctions();
  const now = readProcessState();
  shared.first ??= now;
  return Object.keys(now)
    .filter((name) => JSON.stringify(now[name]) !== JSON.stringify(shared.first[name]))
    .map((name) => ({ name, first: shared.first[name], now: now[name] }));
}
