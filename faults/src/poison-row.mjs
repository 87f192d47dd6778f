import { droppedRows, outcome } from './outcome.mjs';
import { startApp } from './start-app.mjs';
import { countSpans, withClient } from './stored-rows.mjs';
import { withServer } from './with-server.mjs';

const HEALTHY = 999;

/** F8: PostgreSQL refuses one row of a batch of a thousand, by a rule that nobody but the database knows. */
export async function poisonRow() {
  return withServer(async ({ server, own }) => {
    const app = own(await startApp({ url: server.url, serviceName: 'f8', ingest: { spool: false } }));
    await app.ask('endSpans', { count: 1, name: 'first' });
    await app.ask('flush', 30_000);
    await withClient(server.url, (client) => client.query(REFUSE_POISON));
    await app.ask('endSpans', { count: HEALTHY - 300, name: 'healthy' });
    await app.ask('endSpans', { count: 1, name: 'poison' });
    await app.ask('endSpans', { count: 300, name: 'healthy' });
    await app.ask('flush', 30_000);
    const { spans } = await app.ask('stats');
    await app.kill('SIGTERM');
    const { stored, distinct } = await countSpans(server.url, ['healthy', 'poison']);
    const lines = app.lines.filter(({ line }) => line.includes('poison'));
    return [
      outcome(
        'a poison row in a batch of 1,000',
        '999 stored; the one counted and named',
        {
          sent: HEALTHY + 1,
          stored,
          lost: HEALTHY - distinct,
          duplicated: stored - distinct,
          dropped: droppedRows(spans),
        },
        {
          'all others are stored once': distinct === HEALTHY && stored === HEALTHY,
          'the one is counted': droppedRows(spans) === 1 && spans.dropped.poison === 1,
          'one line names it': lines.length === 1,
        },
        lines.map(({ line }) => line.slice(0, 300)),
      ),
    ];
  });
}

const REFUSE_POISON = `do $$
declare partition regclass;
begin
  for partition in select inhrelid::regclass from pg_inherits where inhparent = 'observability.spans'::regclass loop
    execute format('alter table %s add constraint no_poison check (operation_name <> ''poison'')', partition);
  end loop;
end $$`;
