// The suites by name. A new one is a new line here. Each is loaded when it is run, because the garbage collector would mark
// what others have loaded on its account; and the one that measures in this process comes first.
import type { Suite } from "./suite.ts";

/** What `npm run bench -- <name>` runs; without a name, all. */
export const suites: ReadonlyMap<string, () => Promise<Suite>> = new Map<
  string,
  () => Promise<Suite>
>([
  ["codec", async () => (await import("./codec/codec.ts")).codec],
  ["aws", async () => (await import("./aws/aws.ts")).aws],
  ["consumer", async () => (await import("./consumer/consumer.ts")).consumer],
  ["backlog", async () => (await import("./backlog/backlog.ts")).backlog],
  ["delay", async () => (await import("./delay/delay.ts")).delay],
  ["emulator", async () => (await import("./emulator/emulator.ts")).emulator],
  ["producer", async () => (await import("./producer/producer.ts")).producer],
  ["tls", async () => (await import("./producer/over-tls.ts")).overTls],
  ["latency", async () => (await import("./producer/latency.ts")).latency],
  ["outstanding", async () => (await import("./producer/outstanding.ts")).outstanding],
  ["scale", async () => (await import("./scale/scale.ts")).scale],
  ["scale-5000", async () => (await import("./scale/idle-workers.ts")).scale5000],
  ["threads", async () => (await import("./threads/threads.ts")).threads],
  ["handover", async () => (await import("./takeover/handover.ts")).handover],
  ["takeover", async () => (await import("./takeover/takeover.ts")).takeover],
]);
