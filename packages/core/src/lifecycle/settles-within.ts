/**
 * Waits for the work, but no longer than the time, and never rejects. Somebody awaits it, so its timer holds the process.
 * @returns false when the time was over first
 */
export async function settlesWithin(work: Promise<unknown> | undefined, timeoutMs: number): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<false>((resolve) => {
    timer = setTimeout(() => resolve(false), Math.max(1, timeoutMs));
  });
  const settled = Promise.resolve(work).then(
    () => true,
    () => true,
  );
  const isSettled = await Promise.race([settled, timeout]);
  clearTimeout(timer);
  return isSettled;
}
