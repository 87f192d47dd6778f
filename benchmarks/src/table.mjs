const HEAD = ['#', 'what', 'ours', 'peer', 'peer is', 'ratio', 'target', ''];

/**
 * One measurement as the cells of a row.
 *
 * @param {string} name S1, S2 …
 * @param {{ what: string, ours: number, unit: string, peer?: number, peerName?: string, ratioAtMost?: number,
 *   ratioAtLeast?: number, valueAtMost?: number }} row Without a target it is only told.
 */
export function toCells(name, row) {
  const ratio = row.peer === undefined ? undefined : row.ours / row.peer;
  const { text, isMet } = judge(row, ratio);
  return [
    name,
    row.what,
    formatValue(row.ours, row.unit),
    row.peer === undefined ? '–' : formatValue(row.peer, row.unit),
    row.peerName ?? '–',
    ratio === undefined ? '–' : `${formatRatio(ratio)} ×`,
    text,
    isMet === undefined ? 'told' : isMet ? 'met' : 'not met',
  ];
}

function judge(row, ratio) {
  if (row.ratioAtMost !== undefined) {
    return { text: `≤ ${row.ratioAtMost} ×`, isMet: ratio <= row.ratioAtMost };
  }
  if (row.ratioAtLeast !== undefined) {
    return { text: `≥ ${row.ratioAtLeast} ×`, isMet: ratio >= row.ratioAtLeast };
  }
  if (row.valueAtMost !== undefined) {
    return { text: `≤ ${row.valueAtMost} ${row.unit}`.trimEnd(), isMet: row.ours <= row.valueAtMost };
  }
  return { text: '–', isMet: undefined };
}

// A hundredth has to be told from less.
function formatRatio(ratio) {
  return ratio > 0 && ratio < 0.1 ? ratio.toPrecision(2) : ratio.toFixed(2);
}

function formatValue(value, unit) {
  return `${formatNumber(value)} ${unit}`.trimEnd();
}

function formatNumber(value) {
  if (value >= 1_000) {
    return Math.round(value).toLocaleString('en');
  }
  return Number.isInteger(value) ? String(value) : value.toPrecision(3);
}

/** The table for a terminal. */
export function toText(rows) {
  const all = [HEAD, ...rows];
  const widths = HEAD.map((_, column) => Math.max(...all.map((row) => row[column].length)));
  return all
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column]))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

/** The table for a README. */
export function toMarkdown(rows) {
  const line = (cells) => `| ${cells.join(' | ')} |`;
  return [line(HEAD), `|${'---|'.repeat(HEAD.length)}`, ...rows.map(line)].join('\n');
}
