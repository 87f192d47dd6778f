import { readFileSync } from 'node:fs';

/**
 * Milliseconds that a process has waited for a core because others had it; 0 where the system does not say (not Linux). What
 * is subtracted from a measured time says nothing about what is measured, only about the machine.
 *
 * @param {number | 'self'} pid
 */
export function waitedForCore(pid) {
  try {
    return Number(readFileSync(`/proc/${pid}/schedstat`, 'latin1').split(' ')[1]) / 1e6;
  } catch {
    return 0;
  }
}
