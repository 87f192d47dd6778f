/**
 * One row of the table.
 *
 * @param {string} fault what was done
 * @param {string} mustHold
 * @param {{ sent: unknown, stored: unknown, lost: unknown, duplicated: unknown, dropped?: unknown }} counts
 * @param {Record<string, boolean>} checks everything that must hold, by what it says
 * @param {string[]} [told] lines below the table
 */
export function outcome(fault, mustHold, counts, checks, told = []) {
  const failed = Object.entries(checks)
    .filter(([, holds]) => !holds)
    .map(([check]) => `not so: ${check}`);
  return {
    fault,
    mustHold,
    dropped: 0,
    ...counts,
    result: failed.length === 0 ? 'met' : 'NOT MET',
    told: [...failed, ...told],
  };
}

/** A row for what this machine lacks. */
export function skipped(fault, mustHold, reason) {
  const none = { sent: '–', stored: '–', lost: '–', duplicated: '–', dropped: '–' };
  return { fault, mustHold, ...none, result: `skipped: ${reason}`, told: [] };
}

/** What holds where nothing may be lost, as checks of an outcome. */
export function everythingOnce(load, found, dropped = 0) {
  return {
    'no request fails': load.failed.length === 0,
    'every span is stored once': found.lost.length === 0 && found.duplicated === 0 && dropped === 0,
    [`the metric counts ${found.sent} (it counts ${found.counted})`]: found.counted === found.sent,
  };
}

/** What `stats()` says was dropped, over all reasons. */
export function droppedRows({ dropped }) {
  return Object.values(dropped).reduce((sum, count) => sum + count, 0);
}

/** A row for a fault test that did not get to its end. */
export function broken(error) {
  return { ...skipped('the fault test itself', 'it ends', ''), result: 'NOT MET', told: [error.stack] };
}
