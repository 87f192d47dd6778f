import { withDatabase } from '../database.mjs';
import { startServer } from './measure-requests.mjs';
import { sendRequests } from './send-requests.mjs';

const SHOWN = 25;
const IDLE = '(idle)';

/**
 * Runs our server, and a bare one, under V8's profiler, warm and with what is flushed, and answers the most expensive
 * functions by the time spent in themselves, in microseconds a request. The profiler counts by the clock, so that what it
 * finds is scaled to the CPU that the main thread has used; the other threads collect garbage and compile.
 */
export function profileServer(framework, { quick }) {
  const requests = quick ? 10_000 : 40_000;
  return withDatabase(async ({ url }) => {
    const ours = await profileVariant([framework, 'ours'], requests, { BENCH_DATABASE_URL: url });
    const bare = await profileVariant([framework, 'bare'], requests, {});
    return [
      `CPU a request with the profiler at work: ours ${ours.cpu.toFixed(1)} µs, bare ${bare.cpu.toFixed(1)} µs;`,
      `of the main thread, as below: ours ${ours.mainThread.toFixed(1)} µs, bare ${bare.mainThread.toFixed(1)} µs`,
      '',
      '    ours     bare',
      ...formatTimes(ours, bare, ({ label }) => label, SHOWN),
      '',
      ...formatTimes(ours, bare, ({ group }) => group, SHOWN),
    ].join('\n');
  });
}

async function profileVariant([framework, variant], requests, env) {
  const server = await startServer(framework, variant, env);
  await sendRequests(server.ready.port, requests / 4);
  await server.ask('flush');
  const before = await server.ask('cpu');
  await server.ask('startProfile');
  await sendRequests(server.ready.port, requests);
  await server.ask('flush');
  const { profile } = await server.ask('stopProfile');
  const after = await server.ask('cpu');
  await server.stop();
  const cpu = (after.cpu - before.cpu) / requests;
  const mainThread = (after.mainThread - before.mainThread) / requests;
  return { cpu, mainThread: Number.isNaN(mainThread) ? cpu : mainThread, profile };
}

function formatTimes(ours, bare, keyOf, count) {
  const ourTimes = sumSelfTime(ours, keyOf);
  const bareTimes = sumSelfTime(bare, keyOf);
  return [...ourTimes]
    .toSorted(([, a], [, b]) => b - a)
    .slice(0, count)
    .map(([key, time]) => `${format(time)} ${format(bareTimes.get(key) ?? 0)}  ${key}`);
}

function format(time) {
  return time.toFixed(2).padStart(8);
}

/** Microseconds a request by function, or by package; idle time is left out. */
function sumSelfTime({ mainThread, profile }, keyOf) {
  const keys = new Map(profile.nodes.map(({ id, callFrame }) => [id, keyOf(placeOf(callFrame))]));
  const times = new Map();
  profile.samples.forEach((id, index) => {
    const key = keys.get(id);
    times.set(key, (times.get(key) ?? 0) + profile.timeDeltas[index]);
  });
  times.delete(IDLE);
  const total = [...times.values()].reduce((sum, time) => sum + time, 0);
  return new Map([...times].map(([key, time]) => [key, (time / total) * mainThread]));
}

function placeOf({ functionName, url, lineNumber }) {
  const name = functionName === '' ? '(anonymous)' : functionName;
  if (url === '') {
    return { label: name, group: name.startsWith('(') ? name : 'native' };
  }
  const file = url
    .replace(/^file:\/\//, '')
    .replace(/^.*\/node_modules\//, '')
    .replace(/^.*\/benchmarks\//, 'benchmarks/');
  return { label: `${name} ${file}:${lineNumber + 1}`, group: /^(?:@[^/]+\/)?[^/:]+/.exec(file)[0] };
}
