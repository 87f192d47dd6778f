const HEAD = ['#', 'fault', 'what must hold', 'sent', 'stored', 'lost', 'duplicated', 'dropped', ''];

function toCells({ number, fault, mustHold, sent, stored, lost, duplicated, dropped, result }) {
  return [number, fault, mustHold, sent, stored, lost, duplicated, dropped, result].map((cell) =>
    typeof cell === 'number' ? cell.toLocaleString('en') : String(cell),
  );
}

/** The outcomes as a table of Markdown with straight columns. */
export function formatTable(outcomes) {
  const rows = [HEAD, ...outcomes.map(toCells)];
  const widths = HEAD.map((_, column) => Math.max(...rows.map((row) => row[column].length)));
  const [head, ...body] = rows.map(
    (row) => `| ${row.map((cell, column) => cell.padEnd(widths[column])).join(' | ')} |`,
  );
  return [head, `|${widths.map((width) => '-'.repeat(width + 2)).join('|')}|`, ...body].join('\n');
}

/** What is told below the table, by fault. */
export function formatTold(outcomes) {
  return outcomes
    .flatMap(({ number, fault, told }) => told.map((line) => `${number} ${fault}: ${line}`))
    .join('\n');
}
