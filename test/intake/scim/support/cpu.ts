/** How much processor time the work takes, in milliseconds: what others do on the machine meanwhile is not counted. */
export function cpuMsOf(work: () => void): number {
  const before = process.cpuUsage();
  work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1_000;
}
