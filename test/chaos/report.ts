// What a run tells in the end: a table of what happened, each promise that was broken, and what led to it.
import type { ChaosOutcome } from "./chaos-run.ts";
import { type Blow, type Handoff, handoffsOf, type Takeover, takeoversOf } from "./handovers.ts";
import { SHARD_COUNTS } from "./incident-plan.ts";
import type { Offence } from "./referee.ts";
import type { Entry, WorkerProcess } from "./worker-fleet.ts";

/** How much is told of what was broken. */
const MAX_OFFENCES = 5;
const STORY_BEFORE_MS = 20_000;
const STORY_AFTER_MS = 5000;
const MAX_STORY_LINES = 80;
/** A crash takeover takes so long beyond the failover time. */
const TAKEOVER_GRACE_MS = 3000;
/** A planned handoff leaves its shard unread for so long. */
const HANDOFF_GAP_MS = 2000;
const SHOULD_HAPPEN = { kills: 20, freezes: 10, reshards: SHARD_COUNTS.length - 1 };

/** Each promise that was broken, in words; none if all held. */
export function brokenPromises(outcome: ChaosOutcome): string[] {
  const { failures, freezes, kills, put, reshards, stored, throttledCalls, verdict } = outcome;
  const { lost, outOfOrder, stale } = verdict;
  const short = (what: string, happened: number, least: number): string[] =>
    happened < least ? [`only ${happened} ${what} of ${least} happened`] : [];
  return [
    ...(lost.length > 0 ? [`${lost.length} records lost`] : []),
    ...(outOfOrder.length > 0 ? [`${outOfOrder.length} records out of order`] : []),
    ...(stale.length > 0
      ? [`${stale.length} batches handed out by a worker without the lease`]
      : []),
    ...(stored < put ? [`${put - stored} puts failed`] : []),
    ...failures,
    ...short("SIGKILL", kills.length, SHOULD_HAPPEN.kills),
    ...short("SIGSTOP", freezes.length, SHOULD_HAPPEN.freezes),
    ...short("reshards", reshards.length, SHOULD_HAPPEN.reshards),
    ...short("refused calls", throttledCalls, 1),
  ];
}

/** The table. */
export function tableOf(outcome: ChaosOutcome, failoverMs: number): string {
  const { entries, freezes, kills, put, reshards, throttled, throttledCalls, tookMs } = outcome;
  const { delivered, duplicates, lost, outOfOrder, overtaken, stale } = outcome.verdict;
  const percent = ((100 * duplicates) / Math.max(1, delivered)).toFixed(2);
  const told = (event: string): number =>
    entries.filter((entry) => entry.kind === "told" && entry.event === event).length;
  const rows: readonly (readonly [string, string])[] = [
    ["took", seconds(tookMs)],
    ["records put", `${count(put)}, ${count(Math.round((put * 1000) / tookMs))} a second`],
    ["delivered", count(delivered)],
    ["lost", count(lost.length)],
    ["out of order", count(outOfOrder.length)],
    [
      "without the lease",
      `${count(stale.length)} batches; ${count(overtaken)} overtaken on their way into the handler`,
    ],
    ["duplicates", `${count(duplicates)}, ${percent} % of what was put`],
    ["SIGKILL", `${kills.length}, each with a restart`],
    ["SIGSTOP", `${freezes.length}, each longer than the failover time of ${seconds(failoverMs)}`],
    ["reshards", `${reshards.length}: ${[SHARD_COUNTS[0], ...reshards].join(" -> ")} shards`],
    ["lease table", `${throttled.length} times throttled, ${count(throttledCalls)} calls refused`],
    ["after SIGKILL", takeoverText(takeoversOf(entries, kills, throttled), failoverMs)],
    ["after SIGSTOP", takeoverText(takeoversOf(entries, freezes, throttled), failoverMs)],
    ["handoff gaps", handoffText(handoffsOf(entries, throttled))],
    ["leases lost", leasesLostText(entries)],
    ["event loop", `${told("eventLoopBlocked")} times blocked`],
  ];
  return rows.map(([name, text]) => `  ${name.padEnd(18)} ${text}`).join("\n");
}

/** What is needed to look into the first offences: each with what happened to its shard at that time. */
export function storiesOf(outcome: ChaosOutcome): string {
  const { lost, outOfOrder, stale } = outcome.verdict;
  const offences = [lost, outOfOrder, stale].flatMap((kind) =>
    distinct(kind).slice(0, MAX_OFFENCES),
  );
  return offences.map((offence) => storyOf(offence, outcome)).join("\n\n");
}

/** One of all that come from the same batch. */
function distinct(offences: readonly Offence[]): Offence[] {
  return [
    ...new Map(offences.map((offence) => [`${offence.shardId} ${offence.atMs}`, offence])).values(),
  ];
}

function storyOf(offence: Offence, { entries, freezes, kills, startedAtMs }: ChaosOutcome): string {
  const { atMs, shardId, what } = offence;
  const isNear = (other: { readonly atMs: number }): boolean =>
    other.atMs > atMs - STORY_BEFORE_MS && other.atMs < atMs + STORY_AFTER_MS;
  const blows = (signal: string, struck: readonly Blow[]): TimedText[] =>
    struck.map((blow) => ({ atMs: blow.atMs, text: `${who(blow.process)}  ${signal}` }));
  const said = entries.flatMap((entry) => (entry.shardId === shardId ? [saidBy(entry)] : []));
  const story = [...said, ...blows("SIGKILL", kills), ...blows("SIGSTOP", freezes)]
    .filter(isNear)
    .sort((a, b) => a.atMs - b.atMs)
    .slice(-MAX_STORY_LINES)
    .map((line) => `  ${seconds(line.atMs - startedAtMs).padStart(10)}  ${line.text}`);
  return [`at ${seconds(atMs - startedAtMs)}: ${what}`, ...story].join("\n");
}

interface TimedText {
  readonly atMs: number;
  readonly text: string;
}

function saidBy({ process, ...entry }: Entry): TimedText {
  const { atMs, kind, shardId: _, ...fields } = entry;
  const shown =
    entry.kind === "handled"
      ? { records: entry.records.length / 2, first: entry.records.slice(0, 2) }
      : fields;
  return { atMs, text: `${who(process)}  ${kind}  ${JSON.stringify(shown)}` };
}

function who({ name, pid }: WorkerProcess): string {
  return `${name} (${pid})`;
}

function takeoverText(takeovers: readonly Takeover[], failoverMs: number): string {
  const calm = takeovers.filter(({ isCalm }) => isCalm);
  const inTime = calm.filter(({ leaseMs }) => leaseMs <= failoverMs + TAKEOVER_GRACE_MS);
  const records = takeovers.flatMap(({ recordMs }) => recordMs ?? []);
  return [
    `leases: ${spreadText(takeovers.map(({ leaseMs }) => leaseMs))}`,
    `within ${seconds(failoverMs + TAKEOVER_GRACE_MS)}: ${inTime.length} of the ${calm.length} without throttling`,
    `first record: ${spreadText(records)}`,
  ].join("; ");
}

function handoffText(handoffs: readonly Handoff[]): string {
  const calm = handoffs.filter(({ isCalm }) => isCalm);
  const inTime = calm.filter(({ gapMs }) => gapMs <= HANDOFF_GAP_MS);
  return (
    `${spreadText(handoffs.map(({ gapMs }) => gapMs))}; ` +
    `within ${seconds(HANDOFF_GAP_MS)}: ${inTime.length} of the ${calm.length} without throttling`
  );
}

function leasesLostText(entries: readonly Entry[]): string {
  const causes = new Map<string, number>();
  for (const entry of entries) {
    if (entry.kind === "lost") causes.set(entry.cause, (causes.get(entry.cause) ?? 0) + 1);
  }
  return [...causes].map(([cause, times]) => `${times} ${cause}`).join(", ") || "none";
}

function spreadText(times: readonly number[]): string {
  if (times.length === 0) return "none";
  const sorted = [...times].sort((a, b) => a - b);
  const at = (share: number): string =>
    seconds(sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] as number);
  return `${times.length}, median ${at(0.5)}, 95 % ${at(0.95)}, most ${at(1)}`;
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(ms < 10_000 ? 2 : 1)} s`;
}

function count(value: number): string {
  return value.toLocaleString("en-US");
}
