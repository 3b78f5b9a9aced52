// What the process of a worker is told: flags when it starts, and lines of the standard input from then on.
import { parseArgs } from "node:util";
import type { EmulatorClientConfig } from "@shardline/emulator";

/** The flags. */
export interface WorkerTask {
  readonly endpoint: string;
  readonly account: string;
  readonly stream: string;
  /** Its name. */
  readonly worker: string;
  readonly read: "polling" | "fan-out";
  readonly startAt: "TRIM_HORIZON" | "LATEST";
  /** The pause between two reads of a shard; 0 is the default of whose worker it is. */
  readonly idleMs: number;
  /** How long a lease outlives its owner; lifion has nothing like it. @defaultValue 10 s, as ours and the KCL's */
  readonly failoverMs?: number;
  /** What it says of what it is handed: which shard each batch is of, the text of each record, or only how many there were. */
  readonly tell: "batches" | "records" | "totals";
}

const FAILOVER_MS = 10_000;

/** The same for every process that reads from an emulator. */
export function reachOf(client: EmulatorClientConfig): Pick<WorkerTask, "endpoint" | "account"> {
  return { endpoint: client.endpoint, account: client.credentials.accessKeyId };
}

/** As a command line. */
export function flagsOf({
  failoverMs = FAILOVER_MS,
  idleMs,
  startAt,
  ...rest
}: WorkerTask): string[] {
  const flags = { ...rest, "start-at": startAt, "idle-ms": idleMs, "failover-ms": failoverMs };
  return Object.entries(flags).flatMap(([name, value]) => [`--${name}`, String(value)]);
}

/** Of a command line. */
export function taskOf(args: string[]): Required<WorkerTask> {
  const text = { type: "string" } as const;
  const options = {
    endpoint: text,
    account: text,
    stream: text,
    worker: text,
    read: text,
    tell: text,
    "start-at": text,
    "idle-ms": text,
    "failover-ms": text,
  };
  const {
    "failover-ms": failoverMs,
    "idle-ms": idleMs,
    "start-at": startAt,
    ...rest
  } = parseArgs({ args, options }).values;
  const numbers = { idleMs: Number(idleMs), failoverMs: Number(failoverMs) };
  return { ...rest, ...numbers, startAt } as unknown as Required<WorkerTask>;
}
