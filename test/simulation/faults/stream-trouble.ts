// One of a world's streams is away, or refuses what its readers ask, for a while, and the others are not. What is subscribed
// to of it ends, unless calls are merely too many.
import type { Emulator, FaultInput } from "@shardline/emulator";
import type { Clock, Random } from "@shardline/core";
import type { TroubleNews } from "../evidence/journal-entry.ts";
import type { SimStream } from "../evidence/shard-names.ts";
import { WORLD } from "../evidence/story.ts";
import { drawDelayMs } from "../odds.ts";
import type { FaultName } from "./fault-names.ts";
import type { OpenSubscriptions } from "./open-subscriptions.ts";

type Effect = Exclude<FaultInput, { preset: unknown }>["effect"];

/** It lasts so long, and not more than the longest, unless it is said. */
const MIN_MS = 2000;
const MAX_MS = 20_000;
/** What consumers ask of it; to put goes on. */
const QUESTIONS = ["DescribeStreamSummary", "ListShards"] as const;
const READS = ["GetRecords", "GetShardIterator", "SubscribeToShard"] as const;
const EFFECTS: Readonly<
  Record<TroubleNews["how"], { readonly asked: Effect; readonly read: Effect }>
> = {
  away: both({ kind: "error", type: "ResourceNotFoundException" }),
  throttling: {
    asked: { kind: "error", type: "LimitExceededException" },
    read: { kind: "throttle" },
  },
  down: both({ kind: "unavailable" }),
};

function both(effect: Effect) {
  return { asked: effect, read: effect };
}

interface StreamTroubleParts {
  readonly emulator: Emulator;
  readonly subscriptions: OpenSubscriptions;
  readonly streams: () => readonly SimStream[];
  readonly troubleMs: number;
  /** Dies when the faults are over. */
  readonly clock: Clock;
  readonly random: Random;
  readonly befall: (process: string, fault: FaultName, what: string, trouble: TroubleNews) => void;
}

export class StreamTrouble {
  readonly #parts: StreamTroubleParts;

  constructor(parts: StreamTroubleParts) {
    this.#parts = parts;
  }

  /** Waits for the next time that one of them is in trouble. */
  await(): void {
    const { clock, random, troubleMs } = this.#parts;
    if (troubleMs === Number.POSITIVE_INFINITY) return;
    clock.startTimer(drawDelayMs(troubleMs, random), () => {
      this.begin();
      this.await();
    });
  }

  /** One of them is in trouble from now on; `lastsMs`: for so long. */
  begin(lastsMs?: number): void {
    const { befall, emulator, random, streams, subscriptions } = this.#parts;
    const among = streams();
    const hit = among[Math.floor(random.next() * among.length)];
    if (hit === undefined) return;
    const how = (["away", "throttling", "down"] as const)[Math.floor(3 * random.next())] ?? "away";
    const drawnMs = MIN_MS + random.next() * (MAX_MS - MIN_MS);
    const forMs = lastsMs ?? drawnMs;
    const { asked, read } = EFFECTS[how];
    const add = (effect: Effect, operations: readonly string[]): void => {
      const match = { operations, stream: hit.name };
      emulator.faults.add({ effect, match, forMs: Math.ceil(forMs) });
    };
    add(asked, QUESTIONS);
    add(read, READS);
    if (how !== "throttling") subscriptions.fail(hit.name, how);
    const what = `${hit.name} alone is ${how} for ${Math.round(forMs)} ms`;
    befall(WORLD, "stream in trouble", what, { stream: hit.prefix, how, forMs });
  }
}
