// Bugs of many streams in one consumer, which show in worlds that have many.
import type { PlantedBug } from "./planted-bug.ts";

const STREAM = "packages/consumer/src/stream";

export const STREAM_BUGS: readonly PlantedBug[] = [
  {
    name: "take the shards of two streams for one",
    edits: [
      {
        file: "packages/consumer/src/worker.ts",
        find: "    const { key } = held.lease;\n",
        replace: "    const { shardId: key } = held.lease;\n",
      },
    ],
    caughtBy: "one live owner",
    fromSeed: 10,
  },
  {
    name: "ask for the streams once",
    edits: [
      {
        file: `${STREAM}/many-streams.ts`,
        find: "isDone ? Number.POSITIVE_INFINITY : everyMs",
        replace: "isDone ? everyMs : Number.POSITIVE_INFINITY",
      },
    ],
    caughtBy: "named streams are read",
    fromSeed: 64,
  },
  {
    name: "read on what is not named any more",
    edits: [
      {
        file: `${STREAM}/many-streams.ts`,
        find: "    for (const key of end) this.#courses.get(key)?.ending.abort(REMOVED);\n",
        replace:
          "    for (const key of end.slice(1)) this.#courses.get(key)?.ending.abort(REMOVED);\n",
      },
    ],
    caughtBy: "streams are given up",
    fromSeed: 17,
  },
  {
    name: "delete a stream's leases after one answer without it",
    edits: [
      {
        file: `${STREAM}/former-streams-plan.ts`,
        find: "nowMs - sinceMs >= deleteAfterMs && looks >= MIN_LOOKS",
        replace: "nowMs - sinceMs <= deleteAfterMs && looks < MIN_LOOKS",
      },
    ],
    caughtBy: "former streams keep their leases",
    fromSeed: 24,
  },
  {
    name: "give all streams up with one that fails",
    edits: [
      {
        file: `${STREAM}/many-streams.ts`,
        find: "        desk.drain();\n",
        replace: "        for (const each of [desk, ...this.desks]) each.drain();\n",
      },
    ],
    caughtBy: "owned again",
    fromSeed: 22,
  },
  {
    name: "take no lease while a stream cannot be found",
    edits: [
      {
        file: `${STREAM}/many-streams.ts`,
        find: "    return this.deskOf(lease)?.isOpen ?? false;\n",
        replace:
          "    return this.#open.size === this.#courses.size && this.deskOf(lease)?.isOpen === true;\n",
      },
    ],
    caughtBy: "other streams go on",
    fromSeed: 10,
  },
];
