/** The labels of a group as the statements give it: a JSON list of values in the order of the names, null where a point has none. */
export function parseGroupKey(groupKey: string, groupBy: readonly string[]): Record<string, string> {
  const values = JSON.parse(groupKey) as (string | null)[];
  const entries = groupBy.flatMap((name, place): [string, string][] => {
    const value = values[place] ?? null;
    return value === null ? [] : [[name, value]];
  });
  return Object.fromEntries(entries);
}

/** Rows by the group they belong to, in their order. */
export function byGroup<Row extends { group_key: string }>(rows: readonly Row[]): Map<string, Row[]> {
  const groups = new Map<string, Row[]>();
  for (const row of rows) {
    const group = groups.get(row.group_key);
    if (group === undefined) {
      groups.set(row.group_key, [row]);
    } else {
      group.push(row);
    }
  }
  return groups;
}
