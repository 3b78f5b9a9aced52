// The process of one reader, so that none is compiled, or cleaned up after, on another one's account. Takes a sample
// whenever it is asked.
import { floor, ours, type ReadAll, sdk } from "./push-readers.ts";
import { EVENT_BYTES, EVENTS } from "./pushed-messages.ts";
import type { ReaderSample, ReaderTask } from "./reader-messages.ts";

const SUBSCRIPTIONS = 2;
/** V8 takes its time to compile. */
const WARM_UP = 6;

const readAll = open(JSON.parse(process.argv[2] ?? "") as ReaderTask);
process.on("message", () => void sample());
process.on("disconnect", () => process.exit());
for (let i = 0; i < WARM_UP; i += 1) await readAll();
await sample();

async function sample(): Promise<void> {
  const before = process.cpuUsage();
  for (let i = 0; i < SUBSCRIPTIONS; i += 1) await readAll();
  const { system, user } = process.cpuUsage(before);
  const megabytes = (SUBSCRIPTIONS * EVENTS * EVENT_BYTES) / 1_000_000;
  const message: ReaderSample = { cpuPerMegabyteMs: (user + system) / 1000 / megabytes };
  process.send?.(message);
}

function open({ endpoint, kind, size }: ReaderTask): ReadAll {
  switch (kind) {
    case "wire":
    case "send":
      return ours(endpoint, kind, size);
    case "sdk":
      return sdk(endpoint, size);
    case "floor":
      return floor(endpoint, size);
  }
}
