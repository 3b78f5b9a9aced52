// The life of a shard in a worker of the KCL 2.x (ShardConsumer and its tasks): waits for the parents, reads from the
// checkpoint, hands out, and ends with the shard, with the loss of the lease, or when it is asked to.
import {
  apiFailureOf,
  type ChildShard,
  type Clock,
  type KinesisApi,
  type Position,
  sleep,
} from "@shardline/core";
import { isCompleted } from "./kcl-lease.ts";
import { RecordProcessor, type RecordProcessorOptions } from "./record-processor.ts";
import { forgiving, isThrownInJava, KclException } from "./repeat.ts";
import { CannotEndShard, endShard, type ShardEnding } from "./shard-end.ts";
import { type Fetched, ShardFetcher } from "./shard-fetcher.ts";

export interface ShardConsumerOptions extends ShardEnding, RecordProcessorOptions {
  readonly stream: string;
  readonly kinesis: KinesisApi;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

/** `shardConsumerDispatchPollIntervalMillis`: from one task to the next. */
export const DISPATCH_MS = 1000;
/** `parentShardPollIntervalMillis`. */
const PARENT_POLL_MS = 10_000;
/** `taskBackoffTimeMillis`. */
const TASK_BACKOFF_MS = 500;
/** `idleTimeBetweenReadsInMillis`. */
const IDLE_MS = 1500;

/** Why it ends; a later one takes the place of an earlier one only if it is stronger. */
const REASONS = ["requested", "shard-end", "lease-lost"] as const;
type ShutdownReason = (typeof REASONS)[number];

export class ShardConsumer {
  readonly #options: ShardConsumerOptions;
  #reason: ShutdownReason | undefined;
  #childShards: readonly ChildShard[] = [];
  #isDone = false;
  readonly done: Promise<void>;

  constructor(options: ShardConsumerOptions) {
    this.#options = options;
    if (isCompleted(options.held.lease)) this.#reason = "shard-end";
    this.done = this.#run();
  }

  get isDone(): boolean {
    return this.#isDone;
  }

  get reason(): ShutdownReason | undefined {
    return this.#reason;
  }

  leaseLost(): void {
    this.#end("lease-lost");
  }

  /** It lets the lease go once it has made its last checkpoint; one that was done already never does. */
  shutdownRequested(): void {
    this.#end("requested");
  }

  #end(reason: ShutdownReason): void {
    const rank = this.#reason === undefined ? -1 : REASONS.indexOf(this.#reason);
    if (REASONS.indexOf(reason) > rank) this.#reason = reason;
  }

  async #run(): Promise<void> {
    if (this.#reason === undefined && (await this.#untilParentsDone())) await this.#read();
    while (this.#reason === "shard-end" && !(await this.#isShardEnded())) await this.#pause();
    this.#isDone = true;
  }

  /** `false` if it is to end before. */
  async #untilParentsDone(): Promise<boolean> {
    const { clock, signal } = this.#options;
    while (this.#reason === undefined) {
      if (await this.#areParentsDone()) return true;
      await sleep(clock, PARENT_POLL_MS, signal);
      await this.#pause();
    }
    return false;
  }

  /** A parent without a lease is done. */
  async #areParentsDone(): Promise<boolean> {
    const { held, table } = this.#options;
    try {
      for (const parentId of held.lease.parentShardIds) {
        const parent = await table.get(parentId);
        if (parent !== undefined && !isCompleted(parent)) return false;
      }
      return true;
    } catch (error) {
      if (!isThrownInJava(error)) throw error;
      return false;
    }
  }

  /** Begins where the checkpoint stands now, not where it stood when the lease was taken. */
  async #read(): Promise<void> {
    const { clock, signal } = this.#options;
    for (;;) {
      await this.#pause();
      if (this.#reason !== undefined) return;
      try {
        await this.#readFrom(await this.#currentCheckpoint());
        return;
      } catch (error) {
        if (!isThrownInJava(error)) throw error;
        await sleep(clock, TASK_BACKOFF_MS, signal);
      }
    }
  }

  async #currentCheckpoint(): Promise<Position> {
    const { held, table } = this.#options;
    const lease = await table.get(held.lease.key);
    if (lease === undefined) throw new KclException("a NullPointerException");
    return lease.checkpoint;
  }

  async #readFrom(checkpoint: Position): Promise<void> {
    const { held, renewer } = this.#options;
    const { key, shardId } = held.lease;
    const fetcher = new ShardFetcher({ ...this.#options, shardId }, checkpoint);
    const processor = new RecordProcessor(this.#options, checkpoint);
    await fetcher.initialize();
    await this.#process(fetcher, processor);
    if (this.#reason !== "requested") return;
    await this.#pause();
    await processor.checkpoint();
    renewer.drop(key);
  }

  async #process(fetcher: ShardFetcher, processor: RecordProcessor): Promise<void> {
    const { clock, signal } = this.#options;
    await this.#pause();
    while (this.#reason === undefined) {
      const fetched = await this.#fetch(fetcher);
      const fetchedAtMs = clock.nowMs();
      if (fetched !== undefined && this.#reason === undefined) {
        await this.#handOut(fetched, processor);
      }
      if (this.#reason !== undefined) return;
      await sleep(clock, Math.max(0, IDLE_MS - (clock.nowMs() - fetchedAtMs)), signal);
    }
  }

  /** `undefined` if the call failed, in whatever way. */
  async #fetch(fetcher: ShardFetcher): Promise<Fetched | undefined> {
    try {
      return await fetcher.fetch();
    } catch (error) {
      const kind = apiFailureOf(error)?.kind;
      if (kind === undefined) throw error;
      if (kind === "expired" || kind === "rejected") await forgiving(() => fetcher.restart());
      return undefined;
    }
  }

  async #handOut(
    { childShards, isAtShardEnd, records }: Fetched,
    processor: RecordProcessor,
  ): Promise<void> {
    await processor.process(records);
    if (!isAtShardEnd) return;
    this.#childShards = childShards;
    this.#end("shard-end");
  }

  /** `false` if it is to be tried again. */
  async #isShardEnded(): Promise<boolean> {
    const { clock, held, renewer, signal } = this.#options;
    try {
      await endShard(this.#options, held.lease.key, held.token, this.#childShards);
      return true;
    } catch (error) {
      if (!isThrownInJava(error)) throw error;
      if (error instanceof CannotEndShard) {
        if (renewer.heldLease(held.lease.key) !== undefined) renewer.drop(held.lease.key);
        return true;
      }
      await sleep(clock, TASK_BACKOFF_MS, signal);
      return false;
    }
  }

  #pause(): Promise<void> {
    return sleep(this.#options.clock, DISPATCH_MS, this.#options.signal);
  }
}
