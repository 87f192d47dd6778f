import { ensureObservabilityTables, SCHEMA_DDL } from '../../../packages/core/dist/index.js';
import { postgresStore } from '../../../packages/core/dist/node-postgres/index.js';

/** A migration after all that there are. */
function nextVersion(version) {
  const text = 'alter table observability.alerts add column fault_note text;';
  return { ddl: SCHEMA_DDL, migrations: [{ version, minCompatible: 1, name: 'fault_note.sql', text }] };
}

const store = postgresStore(process.env.DATABASE_URL);
process.on('message', ({ upgradeTo }) => {
  const options = upgradeTo === undefined ? {} : { scripts: nextVersion(upgradeTo) };
  ensureObservabilityTables(store, options).then(
    ({ outcome }) => process.send({ outcome }),
    (error) => process.send({ error: error.message }),
  );
});
process.on('disconnect', () => process.exit());
// Connected, so that all begin at the same moment.
await store.query('select 1');
process.send('ready');
