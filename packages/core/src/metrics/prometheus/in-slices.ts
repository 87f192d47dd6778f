import { setImmediate } from 'node:timers/promises';

/** How the pieces of a document are put together. */
export interface SliceOptions {
  /** Milliseconds of work at a stretch, then the event loop has its turn. Default 2. */
  sliceMs?: number;
  /** Characters at which a chunk is handed on. Default 32,768. */
  chunkLength?: number;
}

/** Joins pieces to chunks, and lets everything else of the process run in between. */
export async function* inSlices(
  pieces: Iterable<string>,
  { sliceMs = 2, chunkLength = 32_768 }: SliceOptions = {},
): AsyncGenerator<string, undefined> {
  let chunk = '';
  let sliceEnd = performance.now() + sliceMs;
  for (const piece of pieces) {
    chunk += piece;
    if (chunk.length >= chunkLength) {
      yield chunk;
      chunk = '';
    }
    if (performance.now() >= sliceEnd) {
      await setImmediate();
      sliceEnd = performance.now() + sliceMs;
    }
  }
  if (chunk !== '') {
    yield chunk;
  }
  return undefined;
}
