// Under key order a lane has one Kinesis record under way at a time, and a lane that takes over hash keys from another
// waits until that one has none; so no key is in two of them.
import { BrokenInvariant, type Checker } from "../evidence/journal.ts";
import type { EntryOf } from "../evidence/journal-entry.ts";
import type { PredictedLane, PredictedLanes } from "../evidence/predicted-lanes.ts";

/** A Kinesis record in a call that was not answered. */
interface UnderWay {
  readonly call: number;
  readonly lane: PredictedLane;
  readonly keys: ReadonlySet<string>;
}

export class OneCarrierPerLane implements Checker {
  readonly name = "one carrier per lane";
  readonly sights = {
    sent: (entry: EntryOf<"sent">): void => this.#see(entry),
    answered: ({ call, process }: EntryOf<"answered">): void => {
      const left = this.#underWayOf(process).filter((each) => each.call !== call);
      this.#underWay.set(process, left);
    },
  };
  readonly #lanes: PredictedLanes;
  readonly #underWay = new Map<string, readonly UnderWay[]>();

  constructor(lanes: PredictedLanes) {
    this.#lanes = lanes;
  }

  #see({ call, carriers, process }: EntryOf<"sent">): void {
    const underWay = [...this.#underWayOf(process)];
    for (const { hashKey, records } of carriers) {
      const keys = new Set(records.map(({ key }) => key));
      const lane = this.#lanes.laneOf(process, hashKey);
      const other = underWay.find((each) => overlaps(each.lane, lane) || shares(each.keys, keys));
      if (other !== undefined) {
        const [first] = keys;
        const what = `call ${call} brings ${first} and others down a lane on which call ${other.call} is`;
        throw new BrokenInvariant(this.name, what, process);
      }
      underWay.push({ call, lane, keys });
    }
    this.#underWay.set(process, underWay);
  }

  #underWayOf(process: string): readonly UnderWay[] {
    return this.#underWay.get(process) ?? [];
  }
}

function overlaps({ range: one }: PredictedLane, { range: other }: PredictedLane): boolean {
  return one.start <= other.end && other.start <= one.end;
}

function shares(one: ReadonlySet<string>, other: ReadonlySet<string>): boolean {
  for (const key of other) if (one.has(key)) return true;
  return false;
}
