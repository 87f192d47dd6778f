/** @typedef {{ name: string, versions: string, node: string, result: string, seconds: string }} Line */

const header = { name: 'Row', versions: 'Versions', node: 'Node.js', result: 'Result', seconds: 'Seconds' };

/**
 * The result as a table of Markdown with straight columns.
 *
 * @param {Line[]} lines
 */
export function formatTable(lines) {
  const columns = Object.keys(header);
  const widthOf = (column) => Math.max(...[header, ...lines].map((line) => line[column].length));
  const format = (line, filler) =>
    `| ${columns.map((column) => line[column].padEnd(widthOf(column), filler)).join(' | ')} |`;
  const rule = Object.fromEntries(columns.map((column) => [column, '---']));
  return [format(header, ' '), format(rule, '-'), ...lines.map((line) => format(line, ' '))].join('\n');
}
