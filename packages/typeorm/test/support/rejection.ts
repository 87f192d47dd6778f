/** What `promise` rejects with; undefined when it resolves. */
export async function rejection(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    () => undefined,
    (error: unknown) => error,
  );
}

/** The `code` of what `work` throws or rejects with. */
export async function codeOf(work: () => unknown): Promise<unknown> {
  try {
    await work();
    return 'nothing was thrown';
  } catch (error) {
    return (error as { code?: unknown }).code;
  }
}
