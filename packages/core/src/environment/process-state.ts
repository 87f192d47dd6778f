import { readFileSync } from 'node:fs';

/**
 * What is known of a process of this machine: `unknown` when a process with that ID runs, but whether it is the same one
 * cannot be told.
 */
export type ProcessState = 'alive' | 'gone' | 'unknown';

/**
 * Tells whether the process that once had this ID and start still runs. IDs are used again, above all in containers, where the
 * main process is always number 1; the start tells them apart.
 * @param pid positive
 * @param startedAt as {@link processStart} answered it, null where it was unknown
 * @example `processState(1234, '881321') // 'gone' when process 1234 was started at another time`
 */
export function processState(pid: number, startedAt: string | null): ProcessState {
  try {
    process.kill(pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EPERM') {
      return 'gone';
    }
  }
  const fields = statFields(pid);
  // Killed, and its parent has not asked for its exit code: it answers signals but runs no more.
  if (fields?.[0] === 'Z' || fields?.[0] === 'X') {
    return 'gone';
  }
  const startsNow = fields?.[19];
  if (startsNow === undefined || startedAt === null) {
    return 'unknown';
  }
  return startsNow === startedAt ? 'alive' : 'gone';
}

/** Start of a process in clock ticks since the machine's boot; null where it cannot be read (anything but Linux). */
export function processStart(pid: number): string | null {
  return statFields(pid)?.[19] ?? null;
}

// The command name may hold spaces; the fields after its closing bracket do not. Field 3 is the state, 22 the start.
function statFields(pid: number): string[] | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  } catch {
    return undefined;
  }
}
