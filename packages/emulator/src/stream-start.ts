// What a stream of the options is created as.
import type { StreamStart } from "./emulator-options.ts";
import type { StreamPlan } from "./stream/stream.ts";
import { DEFAULT_SETTINGS } from "./stream/stream-settings.ts";

/** The plan of a stream that is there from the start. */
export function planOfStart(name: string, start: StreamStart): StreamPlan {
  if (typeof start === "number") return { name, shardCount: start, settings: DEFAULT_SETTINGS };
  const { distribution, shards: shardCount } = start;
  return { name, shardCount, settings: { ...DEFAULT_SETTINGS, mode: "ON_DEMAND", distribution } };
}
