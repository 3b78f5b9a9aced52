// Bad weather between a producer and Kinesis, drawn by seed: calls are slow, fail before they arrive, lose their
// answer, or come back with some entries refused; and the shards change meanwhile.
import { type KinesisApi, type Random, sleep } from "@shardline/core";
import type { Interceptors } from "../../../../test/support/intercept.ts";
import { failedCall, failureOf, loseAnswer, refusing } from "./failures.ts";
import { STREAM, type World } from "./rig.ts";

/** How likely each fault is, from 0 to 1, and how slow calls are. */
export interface Odds {
  readonly throttledEntry: number;
  readonly failedEntry: number;
  readonly lostRequest: number;
  readonly lostAnswer: number;
  readonly throttledCall: number;
  readonly failedListing: number;
  readonly maxLatencyMs: number;
}

export class Weather {
  readonly #odds: Odds;
  readonly #random: Random;
  #isFine = false;

  constructor(odds: Odds, random: Random) {
    this.#odds = odds;
    this.#random = random;
  }

  /** Nothing fails any more. */
  clearUp(): void {
    this.#isFine = true;
  }

  /** What stands between the producer and the emulator. */
  between({ clock }: World): Interceptors<KinesisApi> {
    const delay = (signal: AbortSignal): Promise<void> =>
      sleep(clock, this.#random.next() * this.#odds.maxLatencyMs, signal);
    return {
      listShards: async (next, request, signal) => {
        await delay(signal);
        if (this.#strikes("failedListing")) throw failedCall("transient");
        return next(request, signal);
      },
      putRecords: async (next, request, signal) => {
        await delay(signal);
        if (this.#strikes("lostRequest")) throw failedCall("unreachable");
        if (this.#strikes("throttledCall")) throw failedCall("throttled");
        const poisoned = request.entries.findIndex(({ data }) => isPoison(data)) + 1;
        if (poisoned > 0) throw refusedFor(poisoned, this.#random);
        const lose = this.#strikes("lostAnswer");
        const refuse = refusing(() => {
          if (this.#strikes("throttledEntry")) return failureOf("throttled");
          return this.#strikes("failedEntry") ? failureOf("transient") : undefined;
        });
        const answering: typeof next = (...args) => refuse(next, ...args);
        const answer = await (lose
          ? loseAnswer(answering, request, signal)
          : answering(request, signal));
        await delay(signal);
        return answer;
      },
    };
  }

  #strikes(fault: Exclude<keyof Odds, "maxLatencyMs">): boolean {
    return this.#random.next() < this.#odds[fault] && !this.#isFine;
  }
}

/** In the data of a record that the service never takes. */
export const POISON = "poison";

function isPoison(data: Uint8Array): boolean {
  return Buffer.from(data.buffer, data.byteOffset, data.byteLength).includes(POISON);
}

/** The service may say which entry it was, or not. */
function refusedFor(place: number, random: Random): Error {
  const reason = random.next() < 0.5 ? `records.${place}.member.data is refused` : "refused";
  return failedCall("rejected", { reason });
}

/** Splits a shard in its middle, or merges two neighbours; a stream that is busy stays as it is. */
export async function reshard({ emulator }: World, random: Random): Promise<void> {
  const { signal } = new AbortController();
  const stream = { name: STREAM };
  const kinesis = emulator.kinesis();
  const open = (emulator.inspect(STREAM)?.shards ?? [])
    .filter(({ closedAtMs }) => closedAtMs === undefined)
    .flatMap(({ hashKeyRange, shardId }) =>
      hashKeyRange === undefined ? [] : [{ shardId, ...hashKeyRange }],
    )
    .sort((a, b) => (a.start < b.start ? -1 : 1));
  const at = Math.floor(random.next() * open.length);
  const [one, next] = [open[at], open[at + 1]];
  if (one === undefined) return;
  const change =
    next !== undefined && random.next() < 0.5
      ? kinesis.mergeShards({ stream, shardId: one.shardId, adjacentShardId: next.shardId }, signal)
      : kinesis.splitShard(
          { stream, shardId: one.shardId, newStartingHashKey: (one.start + one.end) / 2n + 1n },
          signal,
        );
  await change.catch(() => undefined);
}
