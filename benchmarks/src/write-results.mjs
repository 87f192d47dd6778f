import { readFileSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { join } from 'node:path';

const rootFolder = join(import.meta.dirname, '..', '..');

/** Which day, which machine, and how much was measured, in one line. */
export function describeRun({ quick, rows }) {
  const [{ model }] = cpus();
  const size = `${rows.toLocaleString('en')} rows in S7 and S8${quick ? ', quick' : ''}`;
  return `${new Date().toISOString().slice(0, 10)}, ${cpus().length} × ${model.trim()}, Node ${process.versions.node}, PostgreSQL 18, ${size}.`;
}

/** Replaces what stands between the markers of the newest table, in the README and in benchmarks/README.md. */
export function writeResults({ table, details, options }) {
  const told = describeRun(options);
  replaceBetween(join(rootFolder, 'README.md'), `${told}\n\n${table}`);
  const list = details.map((detail) => `- ${detail}`).join('\n');
  replaceBetween(join(rootFolder, 'benchmarks', 'README.md'), `${told}\n\n${table}\n\n${list}`);
}

function replaceBetween(file, text) {
  const content = readFileSync(file, 'utf8');
  const pattern = /(<!-- newest table -->)[\s\S]*?(<!-- end of newest table -->)/;
  if (!pattern.test(content)) {
    throw new Error(`${file} has no <!-- newest table --> … <!-- end of newest table -->.`);
  }
  writeFileSync(
    file,
    content.replace(pattern, (_, begin, end) => `${begin}\n\n${text}\n\n${end}`),
  );
}
