// Workers of the real KCL, several in one virtual machine.
import { startJava } from "./java-program.ts";
import { type OnDelivery, WorkerProgram } from "./worker-program.ts";

/**
 * What the KCL logs when it meets an item that it cannot turn into a lease, or a lease that it cannot understand: a class
 * of its own in the trace, or what Java, Kinesis or DynamoDB says of such a value.
 */
const UNREADABLE = /LeaseSerializer|NullPointerException|NumberFormatException|ValidationException/;

export type KclVersion = "2.7" | "3.5";

export interface KclOptions {
  /** @defaultValue "2.7" */
  readonly version?: KclVersion;
  /** Of a KCL 3.x: whose rules it follows, 3.x unless told. */
  readonly clientVersionConfig?:
    | "CLIENT_VERSION_CONFIG_COMPATIBLE_WITH_2X_PHASE1"
    | "CLIENT_VERSION_CONFIG_COMPATIBLE_WITH_2X"
    | "CLIENT_VERSION_CONFIG_3X";
  /** Of a KCL 3.x: how long its leader's lock holds without a sign of life. */
  readonly leaderLockMs?: number;
  /** @defaultValue "polling" */
  readonly read?: "polling" | "fan-out";
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
  constructor({ onDelivery, version = "2.7", workers, ...options }: KclOptions) {
    const flags = { ...flagsOf(options), workers: workers.join(",") };
    super(startJava(`kcl-${version}`, "KclWorker", flags), onDelivery);
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
