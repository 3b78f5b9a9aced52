// What the demo tells in the end: to a person, and to a machine.
import type { Style } from "../terminal.ts";
import type { Handling } from "./handling.ts";
import type { DemoInput } from "./input.ts";
import type { LeaseLog } from "./lease-log.ts";
import type { OnFailure } from "./failing.ts";
import { drawTenures } from "./tenure-drawing.ts";

/** Everything that was measured. */
export interface DemoResult extends Handling {
  readonly input: number;
  readonly put: number;
  readonly putFailed: number;
  readonly processedUnique: number;
  /** Neither processed nor given up. */
  readonly lost: number;
  /** Lines that were skipped or are dead letters, as was asked for. */
  readonly givenUp: number;
  /** Lines on which the handler was to fail. */
  readonly failing: number;
  readonly onFailure: OnFailure | undefined;
  /** How often a shard came to rest at a line on which the handler failed. */
  readonly halts: number;
  readonly duplicates: number;
  /**
   * What the killed worker was handed since its last checkpoints, and so one that lost a lease, or handed one over while
   * records were handled side by side, and what the producer sent again after the split.
   */
  readonly duplicatesAllowed: number;
  readonly outOfOrderPerKey: number;
  /** Records that were handed out, again or not, while their shard was polled. */
  readonly deliveredByPolling: number;
  /** Those that were while their shard was read by a subscription. */
  readonly deliveredByFanOut: number;
  readonly kinesisRecords: number;
  readonly shardsBefore: number;
  readonly shardsAfter: number;
  readonly shardsCreated: number;
  readonly workersKilled: number;
  readonly killedHeldLeases: number;
  /** Lines that came out for the first time after the kill. */
  readonly recordsAfterKill: number;
  /** From the kill until other workers had all of its leases. */
  readonly takeoverSeconds: number;
  readonly failoverSeconds: number;
  readonly putSeconds: number;
  readonly seconds: number;
  /** What workers and puts failed with, a line each. */
  readonly failures: readonly string[];
}

/** Whether all went as it must, and all that was to happen did. */
export function isGood(result: DemoResult): boolean {
  const { duplicates, duplicatesAllowed, failures, lost, ordering, putFailed } = result;
  const { deliveredByFanOut, killedHeldLeases, read, shardsCreated, workersKilled } = result;
  const isAsAsked = result.givenUp === (result.onFailure === "halt" ? 0 : result.failing);
  const hasFailed =
    result.onFailure === undefined ||
    (result.onFailure === "halt" ? result.halts : result.failing) > 0;
  const isInOrder = ordering === "none" || result.outOfOrderPerKey === 0;
  const isWhole = isAsAsked && hasFailed && lost === 0 && isInOrder && putFailed === 0;
  const isReadAsAsked = read === "polling" || deliveredByFanOut > 0;
  const hasHappened = shardsCreated >= 3 && workersKilled === 1 && killedHeldLeases > 0;
  return (
    isWhole &&
    isReadAsAsked &&
    duplicates <= duplicatesAllowed &&
    hasHappened &&
    failures.length === 0
  );
}

/** The summary that a person reads. */
export function summaryOf(
  result: DemoResult,
  input: DemoInput,
  leases: LeaseLog,
  style: Style,
): string {
  const { bold, dim, green, red } = style;
  const row = (name: string, text: string): string => `  ${dim(name.padEnd(14))}${text}`;
  const perSecond = (count: number, seconds: number): string =>
    `${number(Math.round(count / seconds))} records/s`;
  const perKinesisRecord = result.put / Math.max(1, result.kinesisRecords);
  const verdict = isGood(result)
    ? green(goodVerdict(result))
    : red("something is wrong: see the figures above");
  return [
    "",
    bold(`${number(result.input)} lines of ${input.name}`),
    "",
    row("in", `${number(result.put)} put, ${perSecond(result.put, result.putSeconds)}`),
    row(
      "out",
      `${number(result.processedUnique)} processed, ${perSecond(result.processedUnique, result.seconds)}`,
    ),
    row("lost", number(result.lost)),
    ...failureRows(result).map(([name, text]) => row(name, text)),
    row("out of order", orderOf(result)),
    row(
      "twice",
      `${number(result.duplicates)}, of at most ${number(result.duplicatesAllowed)} ` +
        `(handed out since the last checkpoints of a worker that was killed ${leaseLossOf(result)}, or sent again after the split)`,
    ),
    row("read", readingOf(result)),
    row("handled", handlingOf(result)),
    row(
      "aggregation",
      `${perKinesisRecord.toFixed(1)} user records in each of ${number(result.kinesisRecords)} Kinesis records`,
    ),
    row(
      "shards",
      `${result.shardsBefore} before, ${result.shardsAfter} open after, ${result.shardsCreated} created on the way`,
    ),
    row(
      "takeover",
      `${result.takeoverSeconds.toFixed(1)} s from the kill to the last of ${result.killedHeldLeases} leases ` +
        `(failover ${result.failoverSeconds} s)`,
    ),
    "",
    drawTenures(leases.tenures, result.seconds * 1000, style),
    "",
    `  ${bold(verdict)} ${dim(`(${result.seconds.toFixed(1)} s)`)}`,
    "",
  ].join("\n");
}

function orderOf({ ordering, outOfOrderPerKey }: DemoResult): string {
  const count = number(outOfOrderPerKey);
  return ordering === "none" ? `${count}, which is as it may be with ordering "none"` : count;
}

function leaseLossOf({ ordering }: DemoResult): string {
  return ordering === "shard" ? "or lost a lease" : "or lost a lease or handed it over";
}

function readingOf({ deliveredByFanOut, deliveredByPolling, read }: DemoResult): string {
  if (read === "polling") return "by polling";
  return (
    `by ${read}: ${number(deliveredByFanOut)} records while their shard was subscribed to, ` +
    `${number(deliveredByPolling)} while it was polled`
  );
}

function handlingOf({ concurrency, ordering }: DemoResult): string {
  const calls = concurrency === 1 ? "one call" : `up to ${number(concurrency)} calls`;
  return `${calls} at a time for each shard, ordering "${ordering}"`;
}

function goodVerdict({ givenUp, halts, onFailure, ordering }: DemoResult): string {
  const order = ordering === "none" ? "in whatever order" : "each key in its order";
  const all = `every record arrived, ${order}`;
  switch (onFailure) {
    case undefined:
      return all;
    case "halt":
      return `${all}, after ${number(halts)} halts and a mended handler; nothing was skipped`;
    case "skip":
      return `${all}, but for ${number(givenUp)} that were skipped as asked, and told`;
    case "dead-letter":
      return `${all}, but for ${number(givenUp)} that are dead letters as asked`;
  }
}

function failureRows(result: DemoResult): readonly (readonly [string, string])[] {
  const { failing, givenUp, halts, onFailure } = result;
  if (onFailure === undefined) return [];
  const what = onFailure === "skip" ? "skipped" : "dead letters";
  return [
    ["failing", `${number(failing)} lines on which the handler fails; on failure: ${onFailure}`],
    onFailure === "halt"
      ? ["halts", number(halts)]
      : ["given up", `${number(givenUp)} lines, all told as ${what}`],
  ];
}

function number(value: number): string {
  return value.toLocaleString("en-US");
}
