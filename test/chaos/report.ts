// What a run tells in the end: a table of what happened, each promise that was broken, and what led to it.
import type { ChaosOutcome } from "./chaos-run.ts";
import { type Blow, type Handoff, handoffsOf, type Takeover, takeoversOf } from "./handovers.ts";
import { faultNamesOf, SHARD_COUNTS, STRIKES } from "./incident-plan.ts";
import type { Offence } from "./verdict.ts";
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

/** Each promise that was broken, in words; none if all held. */
export function brokenPromises(outcome: ChaosOutcome): string[] {
  const { failures, kills, freezes, refused, reshards, verdict } = outcome;
  const { falseReceipts, lost, outOfOrder, phantoms, skipped, stale } = verdict;
  const none = (offences: readonly Offence[], what: string): string[] =>
    offences.length === 0 ? [] : [`${count(offences.length)} ${what}`];
  const short = (what: string, happened: number, least: number): string[] =>
    happened < least ? [`only ${happened} ${what} of ${least} happened`] : [];
  const { producer, worker } = STRIKES;
  return [
    ...none(lost, "acknowledged records lost"),
    ...none(skipped, "stored records skipped"),
    ...none(outOfOrder, "records out of order"),
    ...none(falseReceipts, "receipts that are not true"),
    ...none(phantoms, "records from where they are not"),
    ...none(stale, "batches handed out by a worker without the lease"),
    ...(refused > 0 ? [`${count(refused)} puts failed`] : []),
    ...failures,
    ...short("SIGKILL to workers", kills.length, worker.kills),
    ...short("SIGSTOP to workers", freezes.length, worker.freezes),
    ...short("SIGKILL to producers", outcome.producerKills, producer.kills),
    ...short("SIGSTOP to producers", outcome.producerFreezes, producer.freezes),
    ...short("deployments", outcome.deployments, STRIKES.deployments),
    ...short("replaced workers", outcome.replaced, STRIKES.deployments),
    ...short("reshards", reshards.length, SHARD_COUNTS.length - 1),
    ...(outcome.read === "polling" ? [] : short("pushed records", pushedOf(outcome.entries), 1)),
    ...faultNamesOf(outcome.read)
      .filter((name) => hitsOf(outcome, name) === 0)
      .map((name) => `no call met the fault "${name}"`),
  ];
}

/** The table. */
export function tableOf(outcome: ChaosOutcome, failoverMs: number): string {
  const { acknowledged, entries, faulty, freezes, kills, put, refused, reshards, tookMs } = outcome;
  const { verdict } = outcome;
  const told = (event: string): number =>
    entries.filter((entry) => entry.kind === "told" && entry.event === event).length;
  const ofAll = (copies: number): string =>
    `${count(copies)}, ${((100 * copies) / Math.max(1, put)).toFixed(2)} % of what was put`;
  const each = `each longer than the failover time of ${seconds(failoverMs)}`;
  const rows: readonly (readonly [string, string])[] = [
    ["took", seconds(tookMs)],
    ["records put", `${count(put)}, ${count(Math.round((put * 1000) / tookMs))} a second`],
    [
      "acknowledged",
      `${count(acknowledged)}; ${count(refused)} refused, ${count(put - acknowledged - refused)} unsettled when their producer was killed, ${count(verdict.unacknowledged)} of them stored`,
    ],
    ["delivered", count(verdict.delivered)],
    [
      "lost",
      `${count(verdict.lost.length)}; ${count(verdict.skipped.length)} other copies skipped`,
    ],
    ["out of order", count(verdict.outOfOrder.length)],
    ["false receipts", count(verdict.falseReceipts.length)],
    ["without the lease", `${count(verdict.stale.length)} batches`],
    ["stored again", ofAll(verdict.repeats)],
    ["delivered again", ofAll(verdict.redeliveries)],
    ["SIGKILL", `${kills.length} to workers, ${outcome.producerKills} to producers`],
    ["SIGSTOP", `${freezes.length} to workers, ${each}; ${outcome.producerFreezes} to producers`],
    ["deployments", `${outcome.deployments}, ${outcome.replaced} workers ended in good order`],
    ["reshards", `${reshards.length}: ${[SHARD_COUNTS[0], ...reshards].join(" -> ")} shards`],
    ["failed starts", `${outcome.failedStarts}`],
    ["after SIGKILL", takeoverText(takeoversOf(entries, kills, faulty), failoverMs)],
    ["after SIGSTOP", takeoverText(takeoversOf(entries, freezes, faulty), failoverMs)],
    ["handoff gaps", handoffText(handoffsOf(entries, faulty))],
    ["leases lost", leasesLostText(entries)],
    ["fan-out", subscriptionsText(entries)],
    ["event loop", `${told("eventLoopBlocked")} times blocked`],
  ];
  const faults = faultNamesOf(outcome.read).map(
    (name) => `  ${name.padEnd(42)} ${count(hitsOf(outcome, name))}`,
  );
  const lines = rows.map(([name, text]) => `  ${name.padEnd(18)} ${text}`);
  return [...lines, "", "faults that calls met:", ...faults].join("\n");
}

function hitsOf({ hits }: ChaosOutcome, name: string): number {
  return hits.get(name) ?? 0;
}

/** What is needed to look into the first offences: each with what happened to its shard at that time. */
export function storiesOf(outcome: ChaosOutcome): string {
  const { falseReceipts, lost, outOfOrder, phantoms, skipped, stale } = outcome.verdict;
  const kinds = [lost, skipped, outOfOrder, falseReceipts, phantoms, stale];
  const offences = kinds.flatMap((kind) => distinct(kind).slice(0, MAX_OFFENCES));
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
      ? { records: entry.records.length / 3, first: entry.records.slice(0, 3) }
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
    `within ${seconds(failoverMs + TAKEOVER_GRACE_MS)}: ${inTime.length} of the ${calm.length} without faults`,
    `first record: ${spreadText(records)}`,
  ].join("; ");
}

function handoffText(handoffs: readonly Handoff[]): string {
  const calm = handoffs.filter(({ isCalm }) => isCalm);
  const inTime = calm.filter(({ gapMs }) => gapMs <= HANDOFF_GAP_MS);
  return (
    `${spreadText(handoffs.map(({ gapMs }) => gapMs))}; ` +
    `within ${seconds(HANDOFF_GAP_MS)}: ${inTime.length} of the ${calm.length} without faults`
  );
}

function leasesLostText(entries: readonly Entry[]): string {
  return timesOfEach(entries.flatMap((entry) => (entry.kind === "lost" ? [entry.cause] : [])));
}

/** How much was handed out while a subscription read it, and how subscriptions ended. */
function subscriptionsText(entries: readonly Entry[]): string {
  const ends = entries.flatMap((entry) =>
    entry.kind === "told" && entry.event === "subscriptionEnded" ? [entry.detail] : [],
  );
  const hows = ends.map((detail) => (JSON.parse(detail) as { readonly how: string }).how);
  return `${count(pushedOf(entries))} records pushed; subscriptions over: ${timesOfEach(hows)}`;
}

/** Three numbers stand for each record. */
function pushedOf(entries: readonly Entry[]): number {
  return entries.reduce(
    (sum, entry) =>
      sum + (entry.kind === "handled" && entry.isPushed ? entry.records.length / 3 : 0),
    0,
  );
}

function timesOfEach(names: readonly string[]): string {
  const times = new Map<string, number>();
  for (const name of names) times.set(name, (times.get(name) ?? 0) + 1);
  return [...times].map(([name, often]) => `${often} ${name}`).join(", ") || "none";
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
