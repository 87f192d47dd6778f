/** What records about the process; only one of them does at a time. */
export interface ProcessRecorder {
  /** It is its turn. */
  begin(): void;
  end(): void;
}

// In the order they came; the first one records.
const queue: ProcessRecorder[] = [];

/**
 * Queues a recorder. Several instances in one process must not double its CPU time and memory: one records, and the next one when
 * that has left.
 * @returns leaves the queue
 */
export function takeProcessTurn(recorder: ProcessRecorder): () => void {
  queue.push(recorder);
  if (queue[0] === recorder) {
    recorder.begin();
  }
  return () => {
    const index = queue.indexOf(recorder);
    if (index !== -1) {
      queue.splice(index, 1);
    }
    if (index === 0) {
      recorder.end();
      queue[0]?.begin();
    }
  };
}
