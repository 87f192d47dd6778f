/** Waits for the work, but no longer than the time, and never rejects. Somebody awaits it, so its timer holds the process. */
export async function settlesWithin(work: Promise<unknown>, timeoutMs: number): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, Math.max(1, timeoutMs));
  });
  await Promise.race([work.catch(() => undefined), timeout]);
  clearTimeout(timer);
}
