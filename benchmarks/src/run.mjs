// `npm run bench [-- <name> …]`: every benchmark, or those named, as one table.
import { recordMetrics } from './record-metrics.mjs';
import { storeSpans } from './store-spans.mjs';

const benchmarks = { S2: storeSpans, S5: recordMetrics };
const names = process.argv.slice(2).length > 0 ? process.argv.slice(2) : Object.keys(benchmarks);
const unknown = names.filter((name) => !(name in benchmarks));
if (unknown.length > 0) {
  console.error(
    `There is no benchmark ${unknown.join(', ')}; there are ${Object.keys(benchmarks).join(', ')}.`,
  );
  process.exit(2);
}

const rows = [['#', 'what', 'ours', 'peer', 'peer is', 'ratio', 'target', '']];
for (const name of names) {
  console.error(`${name} …`);
  for (const { what, ours, peer, peerName, unit, target, atLeast } of await benchmarks[name]()) {
    const ratio = ours / peer;
    const isMet = atLeast ? ratio >= target : ratio <= target;
    rows.push([
      name,
      what,
      `${format(ours)} ${unit}`,
      `${format(peer)} ${unit}`,
      peerName,
      `${ratio.toFixed(2)} ×`,
      `${atLeast ? '≥' : '≤'} ${target} ×`,
      isMet ? 'met' : 'not met',
    ]);
  }
}
const widths = rows[0].map((_, column) => Math.max(...rows.map((row) => row[column].length)));
for (const row of rows) {
  console.log(
    row
      .map((cell, column) => cell.padEnd(widths[column]))
      .join('  ')
      .trimEnd(),
  );
}
process.exit(0);

function format(value) {
  return value >= 1_000 ? Math.round(value).toLocaleString('en') : value.toPrecision(3);
}
