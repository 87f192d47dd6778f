// Puts sql/ddl and sql/migrations into a TypeScript module, so that the package needs no file at run time and bundlers
// cannot lose one. `--check` writes nothing and fails when the module is not what the SQL files say.
import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const packageFolder = dirname(dirname(fileURLToPath(import.meta.url)));
const sqlFolder = join(packageFolder, '..', '..', 'sql');
const target = join(packageFolder, 'src', 'storage', 'schema', 'embedded-schema.generated.ts');

const module = render(readDdl(), readMigrations());
if (process.argv.includes('--check')) {
  if (readOrEmpty(target) !== module) {
    console.error(
      'embedded-schema.generated.ts differs from sql/. Run: node packages/core/scripts/embed-schema.mjs',
    );
    process.exit(1);
  }
  console.log('The embedded schema agrees with sql/.');
} else if (readOrEmpty(target) !== module) {
  writeFileSync(target, module);
}

function readDdl() {
  return readFileSync(join(sqlFolder, 'ddl', 'create_observability_schema.sql'), 'utf8');
}

function readMigrations() {
  return readdirSync(join(sqlFolder, 'migrations'))
    .filter((name) => /^\d{4}_[a-z0-9_]+\.sql$/.test(name))
    .sort()
    .map((name) => {
      const text = readFileSync(join(sqlFolder, 'migrations', name), 'utf8');
      const minCompatible = /^-- min_compatible: (\d+)/.exec(text)?.[1];
      if (minCompatible === undefined) {
        throw new Error(`sql/migrations/${name}: the first line must be "-- min_compatible: <version>".`);
      }
      return { version: Number(name.slice(0, 4)), minCompatible: Number(minCompatible), name, text };
    });
}

function render(ddl, migrations) {
  const entries = migrations.map(
    (m) =>
      `  { version: ${m.version}, minCompatible: ${m.minCompatible}, name: '${m.name}', text: ${literal(m.text)} },\n`,
  );
  return [
    '// Made by scripts/embed-schema.mjs from sql/. Do not edit.\n',
    "import type { SchemaMigration } from './schema-migration.ts';\n\n",
    '/** The text of sql/ddl/create_observability_schema.sql. */\n',
    `export const SCHEMA_DDL: string = ${literal(ddl)};\n\n`,
    '/** The files of sql/migrations, in order. */\n',
    `export const SCHEMA_MIGRATIONS: readonly SchemaMigration[] = [${entries.length > 0 ? '\n' : ''}${entries.join('')}];\n`,
  ].join('');
}

function literal(text) {
  return '`' + text.replaceAll('\\', '\\\\').replaceAll('`', '\\`').replaceAll('${', '\\${') + '`';
}

function readOrEmpty(file) {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}
