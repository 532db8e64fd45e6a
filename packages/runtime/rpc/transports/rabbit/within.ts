/** Resolves when `promise` settles, however it does, and after `ms` at the latest. */
export async function within(ms: number, promise: Promise<unknown>): Promise<void> {
  // The timer keeps the process alive, unlike a promise: without it a program that waits for its end would stop in the middle.
  const { promise: late, resolve } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, ms);
  await Promise.race([promise.then(() => undefined, () => undefined), late]);
  clearTimeout(timer);
}
