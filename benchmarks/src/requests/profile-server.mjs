import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { withDatabase } from '../database.mjs';
import { startServer } from './measure-requests.mjs';
import { sendRequests } from './send-requests.mjs';

const SHOWN = 25;

/** Runs our Express server under V8's profiler and answers its most expensive functions, by time spent in themselves. */
export function profileServer({ quick }) {
  const requests = quick ? 10_000 : 40_000;
  const folder = mkdtempSync(join(tmpdir(), 'pg-observability-profile-'));
  return withDatabase(async ({ url }) => {
    try {
      const env = { BENCH_DATABASE_URL: url };
      const server = await startServer('express', 'ours', env, ['--cpu-prof', `--cpu-prof-dir=${folder}`]);
      await sendRequests(server.ready.port, requests);
      await server.ask('flush');
      await server.stop();
      const [file] = readdirSync(folder);
      const profile = JSON.parse(readFileSync(join(folder, file), 'utf8'));
      return formatProfile(sumSelfTime(profile), requests);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
}

/** Microseconds by function and file; idle time is left out. */
function sumSelfTime({ nodes, samples, timeDeltas }) {
  const names = new Map(nodes.map(({ id, callFrame }) => [id, nameOf(callFrame)]));
  const times = new Map();
  samples.forEach((id, index) => {
    const name = names.get(id);
    times.set(name, (times.get(name) ?? 0) + timeDeltas[index]);
  });
  times.delete('(idle)');
  return [...times].toSorted(([, a], [, b]) => b - a);
}

function nameOf({ functionName, url, lineNumber }) {
  const name = functionName === '' ? '(anonymous)' : functionName;
  if (url === '') {
    return name;
  }
  const short = url
    .replace(/^file:\/\//, '')
    .replace(/^.*node_modules\//, '')
    .replace(/^.*\/benchmarks\//, 'benchmarks/');
  return `${name} ${short}:${lineNumber + 1}`;
}

function formatProfile(times, requests) {
  const total = times.reduce((sum, [, time]) => sum + time, 0);
  const lines = times
    .slice(0, SHOWN)
    .map(
      ([name, time]) =>
        `${(time / requests).toFixed(2).padStart(8)}  ${((100 * time) / total).toFixed(1).padStart(5)} %  ${name}`,
    );
  return [
    `µs a request, of ${(total / requests).toFixed(1)} (start included), ${requests} requests`,
    ...lines,
  ].join('\n');
}
