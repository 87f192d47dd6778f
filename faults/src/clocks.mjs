import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describeFailures, startLoad } from './load.mjs';
import { everythingOnce, outcome, skipped } from './outcome.mjs';
import { startApp } from './start-app.mjs';
import { compare, pause, readStored, withClient } from './stored-rows.mjs';
import { withServer } from './with-server.mjs';

const MUST_HOLD = 'rows land in the right partition';
// The load begins so long before the moment, and ends as long after it.
const BEFORE_MS = 4_000;
// The clock of faketime begins with the process, which needs time to start.
const START_MS = 5_000;

const CLOCKS = [
  { name: 'end of a year and month', moment: '2027-01-01T00:00:00.000Z', timeZone: 'America/New_York' },
  { name: 'into a leap day', moment: '2028-02-29T00:00:00.000Z', timeZone: 'Europe/Berlin' },
  { name: 'out of a leap day and month', moment: '2028-03-01T00:00:00.000Z', timeZone: 'Asia/Kathmandu' },
  { name: 'an hour left out (Berlin)', moment: '2027-03-28T01:00:00.000Z', timeZone: 'Europe/Berlin' },
  { name: 'an hour twice (Berlin)', moment: '2027-10-31T01:00:00.000Z', timeZone: 'Europe/Berlin' },
];

/** F10: the clock passes a month, a leap day and a change of daylight saving time; the database's own zone has such changes, too. */
export async function clocks({ isShort }) {
  return withServer(
    async (parts) => {
      const wanted = isShort ? CLOCKS.slice(2, 3) : CLOCKS;
      const injected = wanted.map((clock, index) =>
        passMoment({ ...parts, ...clock, service: `f10-${index}` }),
      );
      const outcomes = await Promise.all(injected);
      return isShort ? outcomes : [...outcomes, await passByFakeTime(parts)];
    },
    { timezone: 'Europe/Berlin' },
  );
}

async function passByFakeTime(parts) {
  const library = findFakeTime();
  const clock = { ...CLOCKS[2], name: `${CLOCKS[2].name}, by faketime`, timeZone: 'UTC' };
  return library === undefined
    ? skipped(clock.name, MUST_HOLD, 'faketime is not installed')
    : passMoment({ ...parts, ...clock, library, service: 'f10-faketime' });
}

async function passMoment({ server, own, name, moment, timeZone, service, library }) {
  const beforeMs = library === undefined ? BEFORE_MS : BEFORE_MS + START_MS;
  const startAt = new Date(Date.parse(moment) - beforeMs).toISOString();
  const app = own(
    await startApp(
      // The database's clock is months away: what it would drop or make ahead is another test's.
      { url: server.url, serviceName: service, ingest: { spool: false }, windowMs: 500, housekeeping: false },
      { clock: { startAt, timeZone, library } },
    ),
  );
  await app.ask('restartClock');
  const load = startLoad(app.base, { prefix: service, ratePerSecond: 50 });
  await pause(beforeMs + BEFORE_MS);
  await load.stop();
  await app.kill('SIGTERM');
  const found = compare(load, await readStored(server.url, service));
  const [spans, metrics] = await withClient(server.url, async (client) => [
    await readPlaces(client, 'spans', 'start_time', 'YYYYMMDD', service, moment),
    await readPlaces(client, 'metrics', 'recorded_at', 'YYYYMM', service, moment),
  ]);
  const isMidnight = moment.includes('T00:00:00');
  return outcome(
    `${name}, ${timeZone}`,
    MUST_HOLD,
    { ...found, lost: found.lost.length },
    {
      ...everythingOnce(load, found),
      'there are rows from before and after the moment': [spans, metrics].every(
        ({ before, after }) => before > 0 && after > 0,
      ),
      'every row is in the partition of its UTC day or month': [spans, metrics].every(
        ({ misplaced }) => misplaced === 0,
      ),
      'spans are in two partitions where a day ends': spans.partitions.length === (isMidnight ? 2 : 1),
    },
    [
      `${spans.before} spans before the moment and ${spans.after} after; ${metrics.before} and ${metrics.after} points of metrics`,
      [...spans.partitions, ...metrics.partitions].join(', '),
      ...describeFailures(load),
    ],
  );
}

async function readPlaces(client, table, column, format, service, moment) {
  const { rows } = await client.query(
    `select array_agg(distinct split_part(tableoid::regclass::text, '.', 2)) as partitions,
       count(*) filter (where ${column} < $2::timestamptz)::integer as before,
       count(*) filter (where ${column} >= $2::timestamptz)::integer as after,
       count(*) filter (where tableoid::regclass::text
         <> 'observability.${table}_p' || to_char(${column} at time zone 'UTC', '${format}'))::integer as misplaced
     from observability.${table} where service_name = $1`,
    [service, moment],
  );
  return rows[0];
}

/** The library of Debian's package faketime. */
function findFakeTime() {
  const folders = existsSync('/usr/lib') ? readdirSync('/usr/lib') : [];
  return folders.map((folder) => join('/usr/lib', folder, 'faketime', 'libfaketime.so.1')).find(existsSync);
}
