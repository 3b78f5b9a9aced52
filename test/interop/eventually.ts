// Waits for what other processes bring about.
import { setTimeout as sleep } from "node:timers/promises";

const LOOK_EVERY_MS = 100;

/** Resolves when the condition holds; rejects after the time with what was told then. */
export async function eventually(
  condition: () => boolean | Promise<boolean>,
  { withinMs, telling }: { readonly withinMs: number; readonly telling: () => string },
): Promise<void> {
  const endsAtMs = performance.now() + withinMs;
  while (!(await condition())) {
    if (performance.now() > endsAtMs) throw new Error(`not within ${withinMs} ms: ${telling()}`);
    await sleep(LOOK_EVERY_MS);
  }
}
