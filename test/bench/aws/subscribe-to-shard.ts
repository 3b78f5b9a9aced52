// SubscribeToShard: events of a megabyte, as fast as they can be read.
import type { Comparison } from "../suite.ts";
import { Child } from "./child.ts";
import type { RecordSize } from "./pushed-messages.ts";
import type { PusherReady, ReaderKind, ReaderSample, ReaderTask } from "./reader-messages.ts";

type Role = Comparison["variants"][number]["role"];

const OURS = "the wire";
const SDK = "SDK's event stream";
const READERS: readonly (readonly [name: string, role: Role, kind: ReaderKind])[] = [
  [OURS, "ours", "wire"],
  ["by the SDK's send", "ours", "send"],
  [SDK, "peer", "sdk"],
  ["raw HTTP/2, bytes alone", "floor", "floor"],
];

/** Large records, as aggregates are, and small ones. */
export async function* subscribeToShardComparisons(): AsyncGenerator<Comparison> {
  await using pusher = await Child.start<PusherReady>("pusher-process.js");
  const endpoint = `http://127.0.0.1:${pusher.ready.h2c}`;
  yield* compare("G15", { endpoint, size: "50 KB" });
  yield* compare("G15.1kb", { endpoint, size: "1 KB" });
}

async function* compare(
  id: string,
  task: { readonly endpoint: string; readonly size: RecordSize },
): AsyncGenerator<Comparison> {
  const children: Child<ReaderSample>[] = [];
  for (const [, , kind] of READERS) {
    const own: ReaderTask = { ...task, kind };
    children.push(await Child.start<ReaderSample>("push-reader-process.js", [JSON.stringify(own)]));
  }
  yield {
    title: `SubscribeToShard, 1 MB events of ${task.size} records`,
    unit: "ms of CPU per MB",
    variants: READERS.map(([name, role], i) => ({
      name,
      role,
      sample: async () => (await (children[i] as Child<ReaderSample>).ask()).cpuPerMegabyteMs,
    })),
    goals: [
      {
        id,
        what: `MB per second and core of what is pushed, ${OURS} as a multiple of the ${SDK}`,
        direction: "higher",
        of: OURS,
        against: SDK,
        must: 2.5,
        stretch: 4,
      },
    ],
    // Each reader has ended if its first subscriptions did not bring what they should.
    check: () => undefined,
  };
  for (const child of children) await child[Symbol.asyncDispose]();
}
