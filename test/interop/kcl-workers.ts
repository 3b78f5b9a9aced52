// Workers of the real KCL 2.x, several in one virtual machine.
import { startJava } from "./java-program.ts";
import { type OnDelivery, WorkerProgram } from "./worker-program.ts";

/** What the KCL logs when it meets an item that it cannot turn into a lease, or a lease that it cannot understand. */
const UNREADABLE = /Serializer|NullPointerException|NumberFormatException/;

export interface KclOptions {
  readonly application: string;
  readonly stream: string;
  /** Endpoints. */
  readonly kinesis: string;
  readonly dynamodb: string;
  /** Their names. */
  readonly workers: readonly string[];
  readonly failoverMs?: number;
  /** How long their graceful shutdown is waited for. */
  readonly shutdownMs?: number;
  /** Checkpoints each shard once, at its record of this number, and takes no more; otherwise after every batch. */
  readonly checkpointAt?: number;
  readonly onDelivery: OnDelivery;
}

export class KclWorkers extends WorkerProgram {
  constructor({ checkpointAt, failoverMs, onDelivery, shutdownMs, workers, ...flags }: KclOptions) {
    const program = startJava("KclWorker", {
      ...flags,
      workers: workers.join(","),
      ...(failoverMs === undefined ? {} : { "failover-ms": failoverMs }),
      ...(shutdownMs === undefined ? {} : { "shutdown-ms": shutdownMs }),
      ...(checkpointAt === undefined ? {} : { "checkpoint-at": checkpointAt }),
    });
    super(program, onDelivery);
  }

  /** Lines of the log that tell of items which Java cannot parse. */
  get unreadable(): readonly string[] {
    return this.log.split("\n").filter((line) => UNREADABLE.test(line));
  }
}
