// Pure: what the effects that fired for one call come to, in the order in which the call meets them. Everything
// that chance decides is drawn here or from what is returned, so an answer depends on nothing but the rules.
import type { CallFaults, EntryFailure } from "./call-faults.ts";
import { type Ending, endingOf, type Instead, insteadOf } from "./outcome-plan.ts";
import type { EffectOf, SettledEffect } from "./fault-effects.ts";
import type { Latency } from "./outcome-effects.ts";
import type { EventFault, FrameFault } from "./subscription-effects.ts";

/** One effect that fired, with the stretch of chance that belongs to this call. */
export interface Fired {
  readonly effect: SettledEffect;
  readonly draw: () => number;
}

/** What one call meets. */
export interface FaultPlan {
  /** What happens to the stream just before. */
  readonly meanwhile: readonly EffectOf<"meanwhile" | "trim">[];
  readonly delayBeforeMs: number;
  /** What comes instead of the call, which then does not take effect. */
  readonly instead: Instead | undefined;
  /** What the operation itself does otherwise. */
  readonly call: CallFaults;
  /** How far ahead the service's clock is. */
  readonly skewMs: number;
  /** Records that GetRecords answers with at most. */
  readonly maxRecords: number;
  /** What GetRecords says about how far behind it is. */
  readonly iteratorAgeMs: number | undefined;
  readonly delayAfterMs: number;
  /** What becomes of the answer of a call that took effect. */
  readonly ending: Ending | undefined;
  readonly events: readonly EventFault[];
  readonly frames: readonly FrameFault[];
  readonly draw: () => number;
}

/** Puts together what fired for a call of some operation. */
export function planFaults(operation: string, fired: readonly Fired[]): FaultPlan {
  const effects = fired.map(({ effect }) => effect);
  return {
    meanwhile: effects.filter(
      ({ kind }) => kind === "meanwhile" || kind === "trim",
    ) as readonly EffectOf<"meanwhile" | "trim">[],
    delayBeforeMs: delayOf(fired, "before"),
    instead: first(effects, (effect) => insteadOf(operation, effect)),
    call: callFaultsOf(fired),
    skewMs: sumOf(effects, (effect) => (effect.kind === "clockSkew" ? effect.ms : 0)),
    maxRecords: Math.min(
      ...effects.map((effect) =>
        effect.kind === "sparseReads" ? effect.maxRecords : Number.POSITIVE_INFINITY,
      ),
    ),
    iteratorAgeMs: first(effects, (effect) =>
      effect.kind === "iteratorAge" ? effect.ms : undefined,
    ),
    delayAfterMs: delayOf(fired, "after"),
    ending: first(effects, endingOf),
    events: effects.filter(isEventFault),
    frames: effects.filter(isFrameFault),
    draw: fired[0]?.draw ?? (() => 0),
  };
}

function callFaultsOf(fired: readonly Fired[]): CallFaults {
  const failures = fired.flatMap(({ effect, draw }) => entryFailuresOf(effect, draw));
  return {
    failureOfEntry: (index, shardId) => first(failures, (failure) => failure(index, shardId)),
    shardMapAgeMs: sumOf(fired, ({ effect }) => (effect.kind === "staleShardMap" ? effect.ms : 0)),
  };
}

type EntryFailureOf = (index: number, shardId: string) => EntryFailure | undefined;

function entryFailuresOf(effect: SettledEffect, draw: () => number): EntryFailureOf[] {
  if (effect.kind === "throttle") {
    const { shardId: throttled, share } = effect;
    return [
      (_, shardId) =>
        (throttled ?? shardId) === shardId && draw() < share
          ? "ProvisionedThroughputExceededException"
          : undefined,
    ];
  }
  if (effect.kind !== "failRecords") return [];
  const { indices, fraction, code } = effect;
  return [(index) => ((indices?.includes(index) ?? draw() < fraction) ? code : undefined)];
}

function delayOf(fired: readonly Fired[], when: "before" | "after"): number {
  return sumOf(fired, ({ effect, draw }) =>
    effect.kind === "latency" && effect.when === when ? drawLatency(effect.ms, draw) : 0,
  );
}

const MAX_LATENCY_MS = 3_600_000;

function drawLatency(latency: Latency, draw: () => number): number {
  if (typeof latency === "number") return latency;
  if ("min" in latency) return latency.min + draw() * (latency.max - latency.min);
  // Box and Muller: two even draws make a normal one.
  const radius = Math.sqrt(-2 * Math.log(1 - draw()));
  const normal = radius * Math.cos(2 * Math.PI * draw());
  return Math.min(MAX_LATENCY_MS, latency.median * Math.exp(latency.sigma * normal));
}

const EVENT_FAULTS: readonly SettledEffect["kind"][] = [
  "delayEvents",
  "dropHeartbeats",
  "silence",
  "failEvents",
  "endEvents",
  "takeOver",
  "staleContinuation",
] satisfies readonly EventFault["kind"][];
const FRAME_FAULTS: readonly SettledEffect["kind"][] = [
  "cutFrames",
  "badChecksum",
  "splitFrames",
] satisfies readonly FrameFault["kind"][];

function isEventFault(effect: SettledEffect): effect is EventFault {
  return EVENT_FAULTS.includes(effect.kind);
}

function isFrameFault(effect: SettledEffect): effect is FrameFault {
  return FRAME_FAULTS.includes(effect.kind);
}

function first<T, R>(items: readonly T[], read: (item: T) => R | undefined): R | undefined {
  for (const item of items) {
    const found = read(item);
    if (found !== undefined) return found;
  }
  return undefined;
}

function sumOf<T>(items: readonly T[], read: (item: T) => number): number {
  return items.reduce((sum, item) => sum + read(item), 0);
}
