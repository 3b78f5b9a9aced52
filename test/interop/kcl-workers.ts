// Workers of the real KCL 2.x, several in one virtual machine, and what they were handed.
import type { Delivery } from "./delivery.ts";
import { type Fields, JavaProgram } from "./java-program.ts";

/** What the KCL logs when it meets an item that it cannot turn into a lease, or a lease that it cannot understand. */
const UNREADABLE =
  /Serializer|NullPointerException|NumberFormatException|IllegalArgumentException: /;

export interface KclOptions {
  readonly application: string;
  readonly stream: string;
  /** Endpoints. */
  readonly kinesis: string;
  readonly dynamodb: string;
  /** Their names. */
  readonly workers: readonly string[];
  readonly failoverMs?: number;
  /** Checkpoints each shard once, at its record of this number, and takes no more; otherwise after every batch. */
  readonly checkpointAt?: number;
  readonly onDelivery: (delivery: Delivery, worker: string) => void;
}

/** What a line of a worker tells beside records. */
export interface KclIncident {
  readonly kind: string;
  readonly worker: string;
  readonly shardId: string;
  readonly details: readonly string[];
}

export class KclWorkers {
  /** In the order of their happening. */
  readonly incidents: KclIncident[] = [];
  readonly #program: JavaProgram;
  readonly #onDelivery: KclOptions["onDelivery"];

  constructor({ failoverMs, checkpointAt, onDelivery, workers, ...flags }: KclOptions) {
    this.#onDelivery = onDelivery;
    this.#program = JavaProgram.start("KclWorker", {
      ...flags,
      workers: workers.join(","),
      ...(failoverMs === undefined ? {} : { "failover-ms": failoverMs }),
      ...(checkpointAt === undefined ? {} : { "checkpoint-at": checkpointAt }),
    });
    this.#program.onLine((fields) => this.#note(fields));
  }

  /** Warnings and worse of the KCL and the SDK. */
  get log(): string {
    return this.#program.log;
  }

  /** Lines of the log that tell of items which Java cannot parse. */
  get unreadable(): readonly string[] {
    return this.log.split("\n").filter((line) => UNREADABLE.test(line));
  }

  /** Ends them in good order. */
  stop(): Promise<void> {
    return this.#program.stop();
  }

  /** Ends them as a crash does. */
  kill(): Promise<void> {
    return this.#program.kill();
  }

  #note([kind = "", worker = "", shardId = "", ...details]: Fields): void {
    if (kind !== "record") {
      this.incidents.push({ kind, worker, shardId, details });
      return;
    }
    const [sequenceNumber = "", sub, , partitionKey = "", hashKey, data = ""] = details;
    const explicitHashKey = hashKey === "" ? undefined : hashKey;
    const subSequenceNumber = Number(sub);
    const record = { sequenceNumber, subSequenceNumber, partitionKey, explicitHashKey, data };
    this.#onDelivery({ shardId, ...record }, worker);
  }
}
