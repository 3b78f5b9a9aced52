// What `npm run chaos` can be told.
import { parseArgs } from "node:util";
import { type FleetRead, isFleetRead } from "./fleet-read.ts";

export interface Flags {
  readonly minutes: number;
  readonly records: number;
  readonly seed: number;
  readonly workers: number;
  readonly producers: number;
  readonly failoverMs: number;
  readonly read: FleetRead;
  readonly journal: string | undefined;
}

export const USAGE = `usage: npm run chaos -- [--minutes N] [--records N] [--seed N] [--workers N] [--producers N] [--failover MS]
                         [--read HOW] [--journal PATH]

  --minutes N    how long records are put, and processes and calls struck; 10 unless given
  --records N    how many records are put; 100,000 a minute unless given
  --seed N       which incidents, faults, keys and victims are drawn; a new one unless given
  --workers N    worker processes; 4 unless given
  --producers N  producer processes; 2 unless given
  --failover MS  failover time of the leases; a sixtieth of the time, from 2 to 10 s, unless given
  --read HOW     how workers read: polling, fan-out, or mixed, some by fan-out and some by auto; mixed unless given
  --journal PATH writes everything that the workers said to a file, a JSON object a line`;

const RECORDS_PER_MINUTE = 100_000;
const SHARE_OF_FAILOVER = 60;
const LEAST_FAILOVER_MS = 2000;
const MOST_FAILOVER_MS = 10_000;
const MAX_RECORDS = 100_000_000;

/** Reads the command line; a text says what is wrong with it. */
export function readFlags(args: readonly string[], newSeed: () => number): Flags | string {
  try {
    const text = { type: "string" } as const;
    const options = {
      minutes: text,
      records: text,
      seed: text,
      workers: text,
      producers: text,
      failover: text,
      read: text,
      journal: text,
    };
    const { values } = parseArgs({ args: [...args], options });
    const minutes = Number(values.minutes ?? "10");
    const runMs = minutes * 60_000;
    const failover = Math.min(
      MOST_FAILOVER_MS,
      Math.max(LEAST_FAILOVER_MS, Math.round(runMs / SHARE_OF_FAILOVER)),
    );
    const read = values.read ?? "mixed";
    if (!isFleetRead(read)) return "--read takes polling, fan-out or mixed";
    const flags = {
      minutes,
      records: Number(values.records ?? Math.round(minutes * RECORDS_PER_MINUTE)),
      seed: Number(values.seed ?? newSeed()),
      workers: Number(values.workers ?? "4"),
      producers: Number(values.producers ?? "2"),
      failoverMs: Number(values.failover ?? failover),
      read,
      journal: values.journal,
    };
    return problemOf(flags) ?? flags;
  } catch (error) {
    return (error as Error).message;
  }
}

function problemOf(flags: Flags): string | undefined {
  const { failoverMs, minutes, producers, records, seed, workers } = flags;
  const isWhole = (value: number, least: number, most: number): boolean =>
    Number.isSafeInteger(value) && value >= least && value <= most;
  if (!(minutes >= 0.5 && minutes <= 600)) return "--minutes takes a number from 0.5 to 600";
  if (!isWhole(records, 1, MAX_RECORDS)) return `--records takes a whole number to ${MAX_RECORDS}`;
  if (!isWhole(seed, 0, Number.MAX_SAFE_INTEGER)) return "--seed takes a whole number from 0";
  if (!isWhole(workers, 2, 32)) return "--workers takes a whole number from 2 to 32";
  if (!isWhole(producers, 1, 16)) return "--producers takes a whole number from 1 to 16";
  if (!isWhole(failoverMs, 1000, 60_000)) return "--failover takes ms from 1000 to 60000";
  return undefined;
}
