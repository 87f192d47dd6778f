import {
  linkSync,
  mkdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { processStart, processState } from '../environment/process-state.ts';
import { ObservabilityError } from '../errors/observability-error.ts';

/** A lock that is held until `release`, or until the process ends. */
export interface FolderLock {
  release(): void;
}

interface Holder {
  pid: number;
  host: string;
  /** Start of the process in clock ticks since boot, so that a re-used process ID is told apart; null where unknown. */
  startedAt: string | null;
}

const heldHere = new Set<string>();

/**
 * Locks a folder against other processes: PGlite has no lock of its own, and a second process would overwrite the first
 * one's rows.
 * @throws `STORE_LOCKED` when another process, or another store in this one, has it
 */
export function lockFolder(folder: string): FolderLock {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const file = join(realpathSync(folder), 'pg-observability.lock');
  // Two tries: the second after a lock was removed whose process is gone.
  for (let attempt = 1; attempt <= 2; attempt += 1) {
    if (!heldHere.has(file) && tryCreate(file)) {
      heldHere.add(file);
      return { release: () => release(file) };
    }
    if (heldHere.has(file) || !removeStale(file)) {
      break;
    }
  }
  throw new ObservabilityError(
    'STORE_LOCKED',
    `The folder ${folder} is in use by ${describeHolder(file)}. Give each process its own dataDir, or use one PostgreSQL for all.`,
  );
}

// Written aside and linked into place, so that nobody ever reads half a lock.
function tryCreate(file: string): boolean {
  const aside = `${file}.${process.pid}`;
  const holder: Holder = { pid: process.pid, host: hostname(), startedAt: processStart(process.pid) };
  writeFileSync(aside, JSON.stringify(holder), { mode: 0o600 });
  try {
    linkSync(aside, file);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') {
      return false;
    }
    throw error;
  } finally {
    unlinkSync(aside);
  }
}

function removeStale(file: string): boolean {
  const holder = readHolder(file);
  if (holder !== undefined && (holder.host !== hostname() || isAlive(holder))) {
    return false;
  }
  const aside = `${file}.stale.${process.pid}`;
  try {
    renameSync(file, aside);
  } catch {
    // Somebody else removed it first.
    return true;
  }
  const moved = readHolder(aside);
  if (moved !== undefined && isAlive(moved)) {
    // Between our look and our move another process had taken the lock: put it back.
    renameSync(aside, file);
    return false;
  }
  unlinkSync(aside);
  return true;
}

function isAlive(holder: Holder): boolean {
  // Our own process ID in a lock we do not hold: a container that was restarted, where every process is number 1.
  return holder.pid !== process.pid && processState(holder.pid, holder.startedAt) !== 'gone';
}

function readHolder(file: string): Holder | undefined {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as Holder;
  } catch {
    return undefined;
  }
}

function describeHolder(file: string): string {
  const holder = readHolder(file);
  if (heldHere.has(file)) {
    return 'another store of this process';
  }
  return holder === undefined ? 'another process' : `process ${holder.pid} on ${holder.host}`;
}

function release(file: string): void {
  if (heldHere.delete(file)) {
    try {
      unlinkSync(file);
    } catch {
      // The folder was removed; then so is the lock.
    }
  }
}
