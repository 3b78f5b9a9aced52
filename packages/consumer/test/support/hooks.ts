// Hooks of an application that note when they are called, and fail as often as a test wants.
import type { ShardContext } from "../../src/batch/handler.ts";
import type { ShardHooks, ShardStart } from "../../src/shard/shard-hooks.ts";
import type { RunnerSetup } from "./shard-running.ts";

/** Every hook, noted in order together with the batches. */
export function notingHooks(own: ShardHooks = {}): {
  readonly calls: string[];
  readonly setup: Pick<RunnerSetup, "hooks" | "handle">;
} {
  const calls: string[] = [];
  const names = ["onShardStarted", "onLeaseLost", "onShardEnded", "onShutdownRequested"] as const;
  const hooks = Object.fromEntries(
    names.map((name) => [
      name,
      (shard: ShardContext, start: ShardStart) => {
        calls.push(name);
        return own[name]?.(shard, start);
      },
    ]),
  );
  return { calls, setup: { hooks, handle: () => void calls.push("batch") } };
}

/** Fails so many times. */
export function failingHook(times: number): () => Promise<void> {
  let calls = 0;
  return async () => {
    calls += 1;
    if (calls <= times) throw new Error(`hook failure ${calls}`);
  };
}
