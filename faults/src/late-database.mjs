import { describeLines, hasNothingWaiting } from './database-away.mjs';
import { describeFailures, send, startLoad } from './load.mjs';
import { droppedRows, everythingOnce, outcome } from './outcome.mjs';
import { PATIENT, spoolFolder, startApp } from './start-app.mjs';
import { compare, describeLost, pause, readStored, until } from './stored-rows.mjs';
import { withServer } from './with-server.mjs';

const SERVICE = 'f12';

/** F12: the application starts while PostgreSQL is away. */
export async function lateDatabase({ isShort }) {
  return withServer(async ({ server, folder, own }) => {
    await server.halt('fast');
    const ingest = { spool: { directory: spoolFolder(folder) } };
    const app = own(await startApp({ url: server.url, serviceName: SERVICE, ingest, shutdown: PATIENT }));
    const load = startLoad(app.base, { prefix: SERVICE });
    await pause(isShort ? 2_000 : 15_000);
    const probes = [await send(`${app.base}/livez`), await send(`${app.base}/readyz`)].map(
      ({ status }) => status,
    );
    await server.start();
    await pause(isShort ? 500 : 5_000);
    await load.stop();
    const isDrained = await until(() => hasNothingWaiting(app), 60_000);
    const { spans, metrics } = await app.ask('stats');
    await app.kill('SIGTERM');
    const found = compare(load, await readStored(server.url, SERVICE));
    const dropped = droppedRows(spans) + droppedRows(metrics);
    return [
      outcome(
        'started with PostgreSQL away',
        'serves; all stored once PostgreSQL comes',
        { ...found, lost: found.lost.length, dropped },
        {
          ...everythingOnce(load, found, dropped),
          'alive and not ready meanwhile': probes.join() === '200,503',
          'everything is stored while the application runs on': isDrained === true,
        },
        [describeLines(app.lines), ...describeFailures(load), ...describeLost(found, spans)],
      ),
    ];
  });
}
