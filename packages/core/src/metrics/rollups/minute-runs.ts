// At a thousand series that are 120,000 points at most, so that a statement ends well within its time limit.
const MINUTES_OF_RUN = 20;

/**
 * The first minutes of a list, in runs that are summed up by one statement each: within 20 minutes, because a statement
 * looks at all points between its first and its last minute.
 *
 * @param minutes since 1970, in any order, repeats allowed
 * @param maxRuns runs at most; the rest is left for the next time
 */
export function firstRuns(minutes: Iterable<number>, maxRuns: number): number[][] {
  const runs: number[][] = [];
  let run: number[] = [];
  for (const minute of [...new Set(minutes)].toSorted((left, right) => left - right)) {
    if (run.length === 0 || minute - (run[0] as number) >= MINUTES_OF_RUN) {
      if (runs.length === maxRuns) {
        return runs;
      }
      run = [];
      runs.push(run);
    }
    run.push(minute);
  }
  return runs;
}
