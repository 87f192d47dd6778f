/** CPU milliseconds that `work` takes: unlike the time on the clock, the same on a machine that is busy with other things. */
export function cpuMilliseconds(work: () => void): number {
  const before = process.cpuUsage();
  work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1_000;
}
