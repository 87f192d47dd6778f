import { setTimeout as delay } from 'node:timers/promises';

/**
 * Clears away what making the spans has left behind, and what the round before has: that is not the exporter's to pay for. Needs
 * --expose-gc.
 */
export async function collectGarbage() {
  globalThis.gc();
  // Sweeping goes on beside the main thread.
  await delay(100);
}
