// Workers of the real KCL 2.x, several in one virtual machine.
import { startJava } from "./java-program.ts";
import { type OnDelivery, WorkerProgram } from "./worker-program.ts";

/**
 * What the KCL logs when it meets an item that it cannot turn into a lease, or a lease that it cannot understand: a class
 * of its own in the trace, or what Java, Kinesis or DynamoDB says of such a value.
 */
const UNREADABLE = /Serializer|NullPointerException|NumberFormatException|ValidationException/;

export interface KclOptions {
  readonly application: string;
  readonly stream: string;
  /** Endpoints. */
  readonly kinesis: string;
  readonly dynamodb: string;
  /** Their names. */
  readonly workers: readonly string[];
  readonly failoverMs?: number;
  /** Of the KCL: `shardSyncIntervalMillis`. */
  readonly shardSyncMs?: number;
  /** How long their graceful shutdown is waited for. */
  readonly shutdownMs?: number;
  /** Checkpoints each shard once, at its record of this number, and takes no more; otherwise after every batch. */
  readonly checkpointAt?: number;
  /** With that: prepares one more, with this state, at the record behind. */
  readonly prepare?: string;
  /** Epoch milliseconds, or @defaultValue "TRIM_HORIZON" */
  readonly startAt?: "TRIM_HORIZON" | "LATEST" | number;
  /** Of each worker. */
  readonly maxLeases?: number;
  readonly onDelivery: OnDelivery;
}

export class KclWorkers extends WorkerProgram {
  constructor({ onDelivery, workers, ...options }: KclOptions) {
    const program = startJava("KclWorker", { ...flagsOf(options), workers: workers.join(",") });
    super(program, onDelivery);
  }

  /** Lines of the log that tell of items which Java cannot parse. */
  get unreadable(): readonly string[] {
    return this.log.split("\n").filter((line) => UNREADABLE.test(line));
  }
}

type Flags = Readonly<Record<string, string | number>>;

/** The programs' flags are the options' names, with dashes. */
function flagsOf(options: Flags): Flags {
  const entries = Object.entries(options).map(([name, value]) => {
    return [name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`), value] as const;
  });
  return Object.fromEntries(entries);
}
