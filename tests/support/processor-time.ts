/** Milliseconds that this process has had of the processors since then: others at work on the machine take none of them. */
export function processorMs(since: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(since);
  return (user + system) / 1000;
}
