/** Milliseconds that this process has computed, of any origin: what others do on the same cores is not in it. */
export function processorTime(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}
