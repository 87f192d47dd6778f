import { execFileSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { describeFailures, startLoad } from './load.mjs';
import { droppedRows, outcome, skipped } from './outcome.mjs';
import { startApp } from './start-app.mjs';
import { hasNothingWaiting } from './database-away.mjs';
import { compare, pause, readStored, until } from './stored-rows.mjs';
import { withServer } from './with-server.mjs';

const MUST_HOLD = 'counted drops, one warning, the application runs on';
// Little room in memory, so that something has to go.
const MEMORY_BYTES = 65_536;

/** F6: the database is away, and the disk takes nothing, or not enough. */
export async function diskTrouble(options) {
  return withServer(async (parts) => {
    const run = (fault, settings, how) => awayOnce({ ...options, ...parts, fault, settings, how });
    const mounted = options.isShort ? undefined : mountSmall(`${parts.folder}/small`);
    try {
      return [
        ...(options.isShort ? [] : [await run('path of the spool: /dev/full', { directory: '/dev/full' })]),
        await run('ulimit -f 8 (KiB a file)', { directory: `${parts.folder}/limited` }, { limitKiB: 8 }),
        ...(options.isShort
          ? []
          : [
              mounted === undefined
                ? skipped('disk of 64 KiB, full', MUST_HOLD, 'no right to mount one')
                : await run('disk of 64 KiB, full', { directory: mounted }),
            ]),
      ];
    } finally {
      if (mounted !== undefined) {
        execFileSync('umount', [mounted]);
      }
    }
  });
}

let lastRun = 0;

async function awayOnce({ isShort, server, own, fault, settings, how }) {
  lastRun += 1;
  const service = `f6-${lastRun}`;
  const ingest = { maxQueuedBytes: MEMORY_BYTES, spool: settings };
  const app = own(await startApp({ url: server.url, serviceName: service, ingest, windowMs: 1_000 }, how));
  const load = startLoad(app.base, { prefix: service });
  await pause(1_000);
  await server.halt('fast');
  await pause(isShort ? 1_500 : 10_000);
  const during = await app.ask('stats');
  await server.start();
  await pause(500);
  await load.stop();
  await until(() => hasNothingWaiting(app), 60_000);
  const { spans } = await app.ask('stats');
  await app.kill('SIGTERM');
  const found = compare(load, await readStored(server.url, service));
  const dropped = droppedRows(spans);
  const warnings = app.lines.filter(({ line }) => line.includes('cannot be kept on disk'));
  return outcome(
    fault,
    MUST_HOLD,
    { ...found, lost: found.lost.length - dropped, dropped },
    {
      'no request fails': load.failed.length === 0,
      'what is missing is counted': found.lost.length === dropped,
      'nothing is stored twice': found.duplicated === 0,
      'something was dropped, or it fitted': dropped > 0 || during.spans.spooled > 0,
      'one warning': warnings.length === 1,
    },
    [
      `dropped ${JSON.stringify(spans.dropped)}; on disk meanwhile ${during.spans.spooled} rows`,
      ...warnings.map(({ line }) => line),
      ...describeFailures(load),
    ],
  );
}

/** A disk that is full at once; undefined where this process may not mount one. */
function mountSmall(folder) {
  try {
    mkdirSync(folder);
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', folder], { stdio: 'ignore' });
    return folder;
  } catch {
    return undefined;
  }
}
