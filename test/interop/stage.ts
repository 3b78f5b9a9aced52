// Where both sides meet: an emulator with one stream, which can be resharded.
import { setTimeout as sleep } from "node:timers/promises";
import { deaggregate } from "@shardline/aggregation";
import {
  type InspectedShard,
  type InspectedStream,
  type RunningEmulator,
  startEmulator,
} from "@shardline/emulator";
import type { HashKeyRange } from "@shardline/core";
import { onTestFinished } from "vitest";

export const STREAM = "clicks";
const LOOK_EVERY_MS = 50;

/** A stream takes so long to be resharded. */
const UPDATE_MS = 500;

export class Stage {
  readonly emulator: RunningEmulator;

  private constructor(emulator: RunningEmulator) {
    this.emulator = emulator;
  }

  /** @param shards of the stream, open, of equal hash ranges */
  static async start(shards: number): Promise<Stage> {
    const emulator = await startEmulator({
      streams: { [STREAM]: shards },
      limits: "aws",
      transitions: { updateMs: UPDATE_MS },
      tls: true,
    });
    onTestFinished(() => emulator.close());
    return new Stage(emulator);
  }

  /** Open shards, by their hash ranges. */
  get openShards(): readonly InspectedShard[] {
    const open = this.#stream.shards.filter(({ closedAtMs }) => closedAtMs === undefined);
    return open.sort((a, b) => (rangeOf(a).start < rangeOf(b).start ? -1 : 1));
  }

  /** User records of each shard as they lie in it, data only, by the shard's id; of those closed as well. */
  get contents(): ReadonlyMap<string, readonly string[]> {
    return new Map(
      this.#stream.shards.map(({ records, shardId }) => [
        shardId,
        records.flatMap(({ data }) => userDataOf(data)),
      ]),
    );
  }

  /** Splits the first open shard in the middle. */
  async split(): Promise<void> {
    const shard = this.openShards[0] as InspectedShard;
    const { end, start } = rangeOf(shard);
    const halves = {
      ShardToSplit: shard.shardId,
      NewStartingHashKey: `${(start + end + 1n) / 2n}`,
    };
    await this.#reshard("SplitShard", halves);
  }

  /** Merges the last two open shards. */
  async merge(): Promise<void> {
    const [left, right] = this.openShards.slice(-2) as [InspectedShard, InspectedShard];
    const shards = { ShardToMerge: left.shardId, AdjacentShardToMerge: right.shardId };
    await this.#reshard("MergeShards", shards);
  }

  /** Changes the number of open shards, as AWS does it, by splits and merges of its own choice. */
  async reshardTo(shards: number): Promise<void> {
    const input = { TargetShardCount: shards, ScalingType: "UNIFORM_SCALING" };
    await this.#reshard("UpdateShardCount", input);
  }

  /** Shards that were split or merged. */
  get closedShards(): readonly InspectedShard[] {
    return this.#stream.shards.filter(({ closedAtMs }) => closedAtMs !== undefined);
  }

  async #reshard(operation: string, input: object): Promise<void> {
    await this.emulator.call(operation, { StreamName: STREAM, ...input });
    while (this.#stream.status !== "ACTIVE") await sleep(LOOK_EVERY_MS);
  }

  get #stream(): InspectedStream {
    return this.emulator.inspect(STREAM) as InspectedStream;
  }
}

function rangeOf({ hashKeyRange }: InspectedShard): HashKeyRange {
  return hashKeyRange as HashKeyRange;
}

function userDataOf(data: Uint8Array): readonly string[] {
  const content = deaggregate(data);
  const inside = content.kind === "aggregate" ? content.records : [{ data }];
  return inside.map((record) => Buffer.from(record.data).toString());
}
