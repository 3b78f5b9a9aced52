// What calls cost the process that makes them.

/** Calls under way at a time. */
const CONCURRENCY = 24;
/** How long calls are counted. */
export const SAMPLE_MS = 700;
/** V8 takes seconds to compile what is called a thousand times in each. */
export const WARM_UP_MS = 4000;

/** Keeps so many calls under way for so long, and answers the processor time of one, in µs, on all threads. */
export async function cpuPerCall(call: () => Promise<unknown>, forMs: number): Promise<number> {
  await keepCalling(call, CONCURRENCY * 4, forMs);
  const before = process.cpuUsage();
  const calls = await keepCalling(call, Number.POSITIVE_INFINITY, forMs);
  const { user, system } = process.cpuUsage(before);
  return (user + system) / calls;
}

async function keepCalling(
  call: () => Promise<unknown>,
  most: number,
  forMs: number,
): Promise<number> {
  const begunAtMs = performance.now();
  let calls = 0;
  const lane = async (): Promise<void> => {
    while (calls < most && performance.now() - begunAtMs < forMs) {
      calls += 1;
      await call();
    }
  };
  await Promise.all(Array.from({ length: CONCURRENCY }, lane));
  return calls;
}
