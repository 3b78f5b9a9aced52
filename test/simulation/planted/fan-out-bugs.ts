// Bugs in how shards are subscribed to. They show in worlds whose workers subscribe, one in three.
import type { PlantedBug } from "./planted-bug.ts";

const FAN_OUT = "packages/consumer/src/fan-out";

export const FAN_OUT_BUGS: readonly PlantedBug[] = [
  {
    name: "throw away the event that has shown that a subscription works",
    edits: [
      {
        file: `${FAN_OUT}/fan-out-reading.ts`,
        find: "    let inHand = proven?.step;\n",
        replace: "    let inHand: SubscriptionStep | undefined;\n",
      },
    ],
    caughtBy: "position order",
    fromSeed: 3,
  },
  {
    name: "subscribe again without heed of the last time",
    edits: [
      {
        file: `${FAN_OUT}/subscription-plan.ts`,
        find: `    notBeforeMs: Math.max(
      triedAtMs + BETWEEN_TRIES_MS,
      (acceptedAtMs ?? Number.NEGATIVE_INFINITY) + AFTER_ACCEPTED_MS,
    ),
`,
        replace: "    notBeforeMs: triedAtMs + BETWEEN_TRIES_MS,\n",
      },
      {
        file: `${FAN_OUT}/subscription-plan.ts`,
        find: `/** A little over the five seconds in which the service protects a subscription, even when it is over. */
const AFTER_ACCEPTED_MS = 5100;
`,
        replace: "",
      },
    ],
    caughtBy: "subscription pace",
    fromSeed: 3,
  },
  {
    name: "wait for ever by a silent subscription",
    edits: [
      {
        file: `${FAN_OUT}/open-subscription.ts`,
        find: `  async next(): Promise<SubscriptionStep> {
    this.#bearFor(SILENT_AFTER_MS, SILENT);
`,
        replace: `  async next(): Promise<SubscriptionStep> {
`,
      },
    ],
    caughtBy: "silent subscription",
    fromSeed: 3,
  },
  {
    name: "take a connection that is cut for the end of the shard",
    edits: [
      {
        file: `${FAN_OUT}/fan-out-reading.ts`,
        find: '      if (step.kind === "over") return this.#pushes.judge(subscription, step.end, consumerArn);\n',
        replace: `      if (step.kind === "over" && step.end.kind === "failed") {
        yield this.#gone();
        return "over";
      }
      if (step.kind === "over") return this.#pushes.judge(subscription, step.end, consumerArn);
`,
      },
      {
        file: "packages/consumer/src/shard/shard-runner.ts",
        find: '    if (missing === "shard") return;\n',
        replace: '    if (shardId !== "") return;\n',
      },
    ],
    caughtBy: "checkpoint covers only what is done",
    fromSeed: 43,
  },
  {
    name: "hand events on whether there is room for them or not",
    edits: [
      {
        file: `${FAN_OUT}/fan-out-reading.ts`,
        find: "    await room.reserve(ANYTHING, this.#living.signal);\n    room.cancel();\n",
        replace:
          "    if (this.#living.signal.aborted) await room.reserve(ANYTHING, this.#living.signal);\n",
      },
      {
        file: `${FAN_OUT}/fan-out-reading.ts`,
        find: "      if (fetch.records.length > 0) await this.#reserve(fetch);\n",
        replace: "      if (fetch.bytes > MOST_BYTES) await this.#reserve(fetch);\n",
      },
      {
        file: `${FAN_OUT}/fan-out-reading.ts`,
        find: 'const OVER = { kind: "over" } as const;\n',
        replace: `const OVER = { kind: "over" } as const;
const MOST_BYTES = 2 * 1024 * 1024;
`,
      },
    ],
    caughtBy: "buffered bytes",
    fromSeed: 73,
  },
  {
    name: "wait before the next subscription, however well the last one went",
    edits: [
      {
        file: `${FAN_OUT}/subscription-plan.ts`,
        find: "const backoffMs = failures === 0 ? 0 : whole * random.next();\n",
        replace: "const backoffMs = failures === 0 ? BACKOFF_MAX_MS : whole * random.next();\n",
      },
    ],
    caughtBy: "subscribed again",
    fromSeed: 3,
  },
  {
    name: "keep a subscription when its shard is not read any more",
    edits: [
      {
        file: `${FAN_OUT}/shard-pushes.ts`,
        find: "new OpenSubscription(clock, signal);\n",
        replace: "new OpenSubscription(clock, new AbortController().signal);\n",
      },
    ],
    caughtBy: "one subscription",
    fromSeed: 3,
  },
  {
    name: "poll between two subscriptions",
    edits: [
      {
        file: `${FAN_OUT}/fan-out-reading.ts`,
        find: "      if (verdict.shortLives === 0) this.#fallbacks = 0;\n",
        replace: `      if (verdict.shortLives === 0) return { kind: "polling", tryAfterMs: 0 };\n`,
      },
    ],
    caughtBy: "subscribed at rest",
    fromSeed: 274,
  },
];
