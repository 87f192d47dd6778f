import { Agent, request } from 'node:http';

const TICK_MS = 10;
// The short form runs several at once.
const RATE = process.argv.includes('--short') ? 100 : 200;
const IN_FLIGHT_AT_MOST = 100;
// Long: after the machine has stood still, timers fire before the answers that are there are read.
const ANSWER_MS = 60_000;

/**
 * Sends requests at an even rate until it is stopped, each with a correlation ID of its own, and notes which were answered.
 * `heldUpMs` is how long this process itself got no turn: on a busy machine the application stood still as well.
 *
 * @param {string} base
 * @param {{ prefix: string, ratePerSecond?: number, path?: string, firstNumber?: number }} options `prefix` of the
 *   correlation IDs.
 */
export function startLoad(base, { prefix, ratePerSecond = RATE, path = '/orders/', firstNumber = 0 }) {
  const agent = new Agent({ keepAlive: true, maxSockets: IN_FLIGHT_AT_MOST });
  const load = { answered: new Map(), failed: [], inFlight: 0, heldUpMs: 0 };
  let lastTickMs = performance.now();
  let [number, stopped, onIdle] = [firstNumber, false, () => undefined];
  const startedAt = performance.now();
  const sendDue = () => {
    load.heldUpMs = Math.max(load.heldUpMs, performance.now() - lastTickMs - TICK_MS);
    lastTickMs = performance.now();
    const due = firstNumber + ((performance.now() - startedAt) / 1_000) * ratePerSecond;
    for (
      let sent = 0;
      number < due && sent < 20 && load.inFlight < IN_FLIGHT_AT_MOST && !stopped;
      sent += 1
    ) {
      number += 1;
      load.inFlight += 1;
      const id = `${prefix}-${number}`;
      void send(`${base}${path}${number}`, id, agent).then((outcome) => {
        note(load, id, outcome);
        load.inFlight -= 1;
        onIdle();
      });
    }
  };
  const timer = setInterval(sendDue, TICK_MS);
  return Object.assign(load, {
    prefix,
    /** Sends nothing more; resolves when everything is answered. */
    async stop() {
      stopped = true;
      clearInterval(timer);
      await new Promise((resolve) => {
        onIdle = () => load.inFlight === 0 && resolve();
        onIdle();
      });
      agent.destroy();
      return load;
    },
  });
}

function note(load, id, { status, error }) {
  if (status === 200) {
    load.answered.set(id, performance.now());
  } else {
    load.failed.push({ id, status, error, atMs: performance.now() });
  }
}

/** One request; never rejects. */
export function send(url, correlationId, agent) {
  return new Promise((resolve) => {
    const headers = correlationId === undefined ? {} : { 'x-correlation-id': correlationId };
    const outgoing = request(url, { agent, headers, timeout: ANSWER_MS }, (response) => {
      response.resume();
      response.on('end', () => resolve({ status: response.statusCode }));
      response.on('error', (error) => resolve({ error: error.code }));
    });
    outgoing.on('timeout', () => outgoing.destroy(new Error(`no answer within ${ANSWER_MS} ms`)));
    outgoing.on('error', (error) => resolve({ error: error.code ?? error.message }));
    outgoing.end();
  });
}

/** What became of the requests that failed, as lines. */
export function describeFailures({ failed }) {
  return failed.slice(0, 3).map(({ id, status, error }) => `${id} failed: ${status ?? error}`);
}
