/** Prints a step while it runs, then how long it took. */
export function createProgress(write: (text: string) => void) {
  return async <Result>(step: string, work: () => Promise<Result>): Promise<Result> => {
    const start = performance.now();
    write(`▸ ${step} … `);
    try {
      const result = await work();
      write(`${((performance.now() - start) / 1_000).toFixed(1)} s\n`);
      return result;
    } catch (error) {
      write('failed\n');
      throw error;
    }
  };
}
