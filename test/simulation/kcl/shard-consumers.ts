// The consumers of a worker of the KCL 2.x, one for each time of holding a lease (Scheduler, `runProcessLoop`): started when
// a lease is held, ended when it is not.
import type { HeldLease } from "./lease-renewer.ts";
import { ShardConsumer, type ShardConsumerOptions } from "./shard-consumer.ts";

export interface ShardConsumersOptions {
  readonly parts: Omit<ShardConsumerOptions, "held">;
  /** What runs until the worker ends. */
  readonly start: (work: Promise<unknown>) => void;
  /** What became of leases. */
  readonly told: (what: "leaseLost" | "shardEnded", shardId: string) => void;
}

export class ShardConsumers {
  readonly #options: ShardConsumersOptions;
  /** By lease and token. */
  readonly #consumers = new Map<string, ShardConsumer>();

  constructor(options: ShardConsumersOptions) {
    this.#options = options;
  }

  /** One that has lost its lease begins anew if the lease is held after all, one of an ended shard does not. */
  attend(leases: readonly HeldLease[]): void {
    const assigned = new Set<string>();
    for (const held of leases) {
      const id = `${held.lease.key}#${held.token}`;
      assigned.add(id);
      const existing = this.#consumers.get(id);
      const isLost = existing?.isDone === true && existing.reason === "lease-lost";
      if (existing === undefined || isLost) this.#consumers.set(id, this.#consume(held));
    }
    for (const [id, consumer] of this.#consumers) {
      if (assigned.has(id)) continue;
      consumer.leaseLost();
      if (consumer.isDone) this.#consumers.delete(id);
    }
  }

  /** Asks all to end. One that was done with an ended shard before never answers, as long as its lease is held. */
  async shutDown(): Promise<void> {
    const consumers = [...this.#consumers.values()];
    const isAnswered = !consumers.some(({ isDone, reason }) => isDone && reason === "shard-end");
    for (const consumer of consumers) consumer.shutdownRequested();
    await Promise.all(consumers.map(({ done }) => done));
    if (!isAnswered) await new Promise(() => undefined);
  }

  #consume(held: HeldLease): ShardConsumer {
    const { parts, start, told } = this.#options;
    const consumer = new ShardConsumer({ ...parts, held });
    start(
      consumer.done.then(() => {
        told(consumer.reason === "shard-end" ? "shardEnded" : "leaseLost", held.lease.shardId);
      }),
    );
    return consumer;
  }
}
