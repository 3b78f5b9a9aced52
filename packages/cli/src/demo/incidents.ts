// What befalls the stream and its workers while records flow: a split, a merge, and a worker killed. Each comes at a share
// of the input that leaves at least a fifth of it to be put.
import {
  isOpen,
  type KinesisApi,
  listAllShards,
  type Shard,
  type StreamRef,
} from "@shardline/core";

/** What happens when so much of the input was put. */
export interface Incident {
  readonly atShare: number;
  readonly run: () => Promise<void>;
}

/** Runs each incident once, at its share, one after the other. */
export class Incidents {
  readonly #waiting: Incident[];
  #last: Promise<void> = Promise.resolve();

  constructor(incidents: readonly Incident[]) {
    this.#waiting = [...incidents].sort((a, b) => a.atShare - b.atShare);
  }

  /** So much of the input was put. */
  reach(share: number): void {
    while (this.#waiting[0] !== undefined && this.#waiting[0].atShare <= share) {
      const { run } = this.#waiting.shift() as Incident;
      this.#last = this.#last.then(run);
      // Whoever waits for the incidents hears of it.
      this.#last.catch(() => undefined);
    }
  }

  /** Resolves when all that were reached are over. */
  done(): Promise<void> {
    return this.#last;
  }
}

/** The open shards of a stream, in hash order. */
export async function openShards(
  kinesis: KinesisApi,
  stream: StreamRef,
  signal: AbortSignal,
): Promise<Shard[]> {
  const shards = await listAllShards(kinesis, stream, undefined, signal);
  return shards.filter(isOpen).sort((a, b) => (startOf(a) < startOf(b) ? -1 : 1));
}

/** Splits the last shard in two equal halves; answers its id. */
export async function splitOne(
  kinesis: KinesisApi,
  stream: StreamRef,
  signal: AbortSignal,
): Promise<string> {
  const shard = (await openShards(kinesis, stream, signal)).at(-1) as Shard;
  const end = shard.hashKeyRange?.end ?? 0n;
  const newStartingHashKey = startOf(shard) + (end - startOf(shard)) / 2n + 1n;
  await kinesis.splitShard({ stream, shardId: shard.shardId, newStartingHashKey }, signal);
  return shard.shardId;
}

/** Merges the first two shards; answers their ids. */
export async function mergeTwo(
  kinesis: KinesisApi,
  stream: StreamRef,
  signal: AbortSignal,
): Promise<readonly [string, string]> {
  const [first, second] = (await openShards(kinesis, stream, signal)) as [Shard, Shard];
  const request = { stream, shardId: first.shardId, adjacentShardId: second.shardId };
  await kinesis.mergeShards(request, signal);
  return [first.shardId, second.shardId];
}

function startOf({ hashKeyRange }: Shard): bigint {
  return hashKeyRange?.start ?? 0n;
}
