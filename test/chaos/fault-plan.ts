// Pure: which faults befall the calls to the services, when, and for how long. They come in storms, with calm between
// them in which times can be measured.
import type { SeededRandom } from "@shardline/core/testing";
import type { FaultRule, FaultService } from "@shardline/emulator";
import type { Outage } from "./relay.ts";
import type { ServiceFault } from "./service-faults.ts";

/** A fault that lasts for some time, so long after the start; the name is the one in the report. */
export type FaultIncident = {
  readonly atMs: number;
  readonly forMs: number;
  readonly name: string;
} & (
  | { readonly kind: "fault"; readonly rule: FaultRule }
  | {
      readonly kind: "outage";
      readonly service: FaultService;
      readonly outage: Outage;
      readonly end: "late" | "reset";
      /** Whether it strikes one process or all. */
      readonly reach: "one" | "all";
    }
);

/** When the first storm may begin, when the last must be over, and what times are measured in. */
export interface Weather {
  readonly fromMs: number;
  readonly untilMs: number;
  readonly failoverMs: number;
}

/** What can go wrong on the way to a service. */
export const OUTAGES: readonly {
  readonly name: string;
  readonly service: FaultService;
  readonly outage: Outage;
}[] = [
  { name: "kinesis: network refuses", service: "kinesis", outage: "refused" },
  { name: "kinesis: network silent", service: "kinesis", outage: "silent" },
  { name: "kinesis: network one-way", service: "kinesis", outage: "mute" },
  { name: "lease table: network refuses", service: "dynamodb", outage: "refused" },
  { name: "lease table: network silent", service: "dynamodb", outage: "silent" },
  { name: "lease table: network one-way", service: "dynamodb", outage: "mute" },
];

/** In failover times: from storm to storm, and how long one lasts. */
const STORM_EVERY = 7;
const STORM = 3.5;
const FAULTS_PER_STORM = 6;
/** In failover times. Without its lease table for longer than one a worker loses its leases. */
const FAULT_FOR = { least: 0.5, most: 1.3 };
const OUTAGE_FOR = { least: 0.7, most: 1.8 };
const ALL_ODDS = 0.25;

/** Every fault at least once, spread over the storms; in no order. */
export function planFaults(
  { failoverMs, fromMs, untilMs }: Weather,
  faults: readonly ServiceFault[],
  random: SeededRandom,
): FaultIncident[] {
  const storms = Math.max(1, Math.floor((untilMs - fromMs) / (STORM_EVERY * failoverMs)));
  const everyMs = (untilMs - fromMs) / storms;
  const kinds = [...faults, ...OUTAGES];
  const rounds = Math.max(1, Math.round((storms * FAULTS_PER_STORM) / kinds.length));
  const cards = Array.from({ length: rounds }, () => shuffled(kinds, random)).flat();
  return cards.map((card, index) => {
    const bounds = "outage" in card ? OUTAGE_FOR : FAULT_FOR;
    const forMs = failoverMs * between(bounds, random);
    const spareMs = Math.max(0, (STORM / STORM_EVERY) * everyMs - forMs);
    const atMs = fromMs + (index % storms) * everyMs + random.next() * spareMs;
    const { name } = card;
    if (!("outage" in card)) {
      return { kind: "fault", name, atMs, forMs, rule: card.ruleAt(between(card.odds, random)) };
    }
    const end = random.next() < 0.5 ? "late" : "reset";
    const reach = random.next() < ALL_ODDS ? "all" : "one";
    return { ...card, kind: "outage", atMs, forMs, end, reach };
  });
}

function between(
  { least, most }: { readonly least: number; readonly most: number },
  random: SeededRandom,
): number {
  return least + random.next() * (most - least);
}

function shuffled<T>(items: readonly T[], random: SeededRandom): T[] {
  const left = [...items];
  return items.map(() => left.splice(Math.floor(random.next() * left.length), 1)[0] as T);
}
