// `npm run test:faults [-- <name> …] [--short] [--outage-s <seconds>]`: every fault, or those named, as one table.
import { parseOptions } from './parse-options.mjs';
import { broken } from './outcome.mjs';
import { formatTable, formatTold } from './table.mjs';

const faults = {
  F1: async (options) => (await import('./database-away.mjs')).databaseAway(options),
  F2: async (options) => (await import('./connections-cut.mjs')).connectionsCut(options),
  F3: async (options) => (await import('./half-open.mjs')).halfOpen(options),
  F4: async (options) => (await import('./killed-application.mjs')).killedApplication(options),
  F5: async (options) => (await import('./terminated-application.mjs')).terminatedApplication(options),
  F6: async (options) => (await import('./disk-trouble.mjs')).diskTrouble(options),
  F7: async (options) => (await import('./one-tick.mjs')).oneTick(options),
  F8: async (options) => (await import('./poison-row.mjs')).poisonRow(options),
  F9: async (options) => (await import('./installing-at-once.mjs')).installingAtOnce(options),
  F10: async (options) => (await import('./clocks.mjs')).clocks(options),
  F11: async (options) => (await import('./contract-suites.mjs')).contractSuites(options),
  F12: async (options) => (await import('./late-database.mjs')).lateDatabase(options),
};
const options = parseOptions(process.argv.slice(2), Object.keys(faults));

// The short form waits for most of its time; the long one measures, so nothing else runs beside it.
const AT_ONCE = options.isShort ? 4 : 1;
const found = new Map();
const left = [...options.names];
await Promise.all(Array.from({ length: AT_ONCE }, runLeft));
const outcomes = options.names.flatMap((number) => found.get(number).map((row) => ({ number, ...row })));

async function runLeft() {
  for (let number = left.shift(); number !== undefined; number = left.shift()) {
    found.set(number, await runFault(number));
  }
}

async function runFault(number) {
  const startedAt = performance.now();
  const seconds = () => `${((performance.now() - startedAt) / 1_000).toFixed(1)} s`;
  const tell = (text) => console.error(`${number} … ${text} (${seconds()})`);
  tell('begins');
  const rows = await faults[number]({ ...options, tell }).catch((error) => [broken(error)]);
  rows.forEach(({ fault, result, told }) => tell([`${result}: ${fault}`, ...told].join('\n      ')));
  return rows;
}

const count = (isCounted) => outcomes.filter(({ result }) => isCounted(result)).length;
const [passed, skips] = [
  count((result) => result === 'met'),
  count((result) => result.startsWith('skipped')),
];
const failed = outcomes.length - passed - skips;
console.log(`\n${formatTable(outcomes)}\n\n${formatTold(outcomes)}\n`);
console.log(`${passed} passed, ${failed} failed${skips > 0 ? `, ${skips} skipped` : ''}`);
process.exit(failed > 0 || passed === 0 ? 1 : 0);
