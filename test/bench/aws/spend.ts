// What calls cost the process that makes them.

/** Calls under way at a time. */
const CONCURRENCY = 24;
const SAMPLE_MS = 700;

/** Keeps so many calls under way for a while, and answers the processor time of one, in µs, on all threads. */
export async function cpuPerCall(call: () => Promise<unknown>): Promise<number> {
  await keepCalling(call, CONCURRENCY * 4);
  const before = process.cpuUsage();
  const calls = await keepCalling(call, Number.POSITIVE_INFINITY);
  const { user, system } = process.cpuUsage(before);
  return (user + system) / calls;
}

async function keepCalling(call: () => Promise<unknown>, most: number): Promise<number> {
  const begunAtMs = performance.now();
  let calls = 0;
  const lane = async (): Promise<void> => {
    while (calls < most && performance.now() - begunAtMs < SAMPLE_MS) {
      calls += 1;
      await call();
    }
  };
  await Promise.all(Array.from({ length: CONCURRENCY }, lane));
  return calls;
}
