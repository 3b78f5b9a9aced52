// Nothing is given up, nor a shard halted, but at what failed as often as the policy says, in a row, and no more of it than
// is at fault: where the record at fault is looked for, that record alone. What has failed so often is not tried again
// before it was given up or the shard has rested. Tries are counted where the handler fails.
import { comparePositions, type Position } from "@shardline/core";
import { BrokenInvariant, type Checker } from "../evidence/journal.ts";
import type { EntryOf } from "../evidence/journal-entry.ts";
import { nameOf } from "../evidence/sim-record.ts";
import type { StoredRecords } from "../evidence/stored-records.ts";
import { isOfKcl } from "../fleet/worker-name.ts";
import { isSamePlace, placeText } from "./lease-facts.ts";

/** As a consumer is told. */
export interface GivingUp {
  readonly maxAttempts: number;
  /** Whether the record at fault is looked for by halves. */
  readonly bisects: boolean;
  readonly then: "halt" | "skip" | "dead-letter";
}

/** What a handler failed on, and did not get past yet. */
interface Failure {
  /** The part of a batch that is not done. */
  readonly remaining: readonly Position[];
  /** How often it has failed, in a row. */
  readonly tries: number;
  /** What the policy is to meet now, in order. */
  due: readonly Position[];
  /** Whether it rests, or did so before the last try. */
  isHalted: boolean;
  /** What an operator may leave out, once asked to. */
  isLeftOut: boolean;
}

/** What a process failed on in a shard, under one lease. */
interface Failures {
  readonly epoch: number;
  /** By the first record that is not done: several where calls are made side by side. */
  readonly byFirst: Map<string, Failure>;
}

type Told = { readonly shardId: string };

export class OnlyPoison implements Checker {
  readonly name = "only poison is given up";
  readonly sights = {
    left: (entry: EntryOf<"left">): void => this.#seeLeft(entry),
    delivered: (entry: EntryOf<"delivered">): void => this.#seeDelivered(entry),
    offered: (entry: EntryOf<"offered">): void => this.#seeOffered(entry),
    handled: (entry: EntryOf<"handled">): void => this.#seeHandled(entry),
    lease: (entry: EntryOf<"lease">): void => this.#seeNews(entry),
  };
  readonly #stored: StoredRecords;
  readonly #policy: GivingUp;
  /** By process and shard, of the latest lease. */
  readonly #failures = new Map<string, Failures>();
  /** By call: its first record. */
  readonly #begun = new Map<number, Position>();

  constructor(stored: StoredRecords, policy: GivingUp) {
    this.#stored = stored;
    this.#policy = policy;
  }

  #seeLeft({ call, epoch, failed, process, shardId }: EntryOf<"left">): void {
    const failures = this.#failuresOf(process, shardId, epoch);
    const begun = this.#begun.get(call);
    this.#begun.delete(call);
    const [first] = failed?.remaining ?? [];
    const known = first && failures.get(placeText(first));
    if (begun !== undefined) failures.delete(placeText(begun));
    if (failed === undefined || first === undefined) return;
    const { isNamed, remaining } = failed;
    const tries = known && isSamePart(known.remaining, remaining) ? known.tries + 1 : 1;
    const { bisects, maxAttempts } = this.#policy;
    const isKnown = isNamed || remaining.length === 1;
    const isOver = tries % maxAttempts === 0 && (isKnown || !bisects);
    const due = !isOver ? [] : isKnown ? [first] : remaining;
    const isHalted = known?.isHalted === true;
    failures.set(placeText(first), { remaining, tries, due, isHalted, isLeftOut: false });
  }

  #failuresOf(process: string, shardId: string, epoch: number): Map<string, Failure> {
    const place = `${process} ${shardId}`;
    const known = this.#failures.get(place);
    if (known?.epoch === epoch) return known.byFirst;
    const byFirst = new Map<string, Failure>();
    this.#failures.set(place, { epoch, byFirst });
    return byFirst;
  }

  #failureAt(process: string, shardId: string, position: Position): Failure | undefined {
    return this.#failures.get(`${process} ${shardId}`)?.byFirst.get(placeText(position));
  }

  #seeDelivered(entry: EntryOf<"delivered">): void {
    const { call, epoch, isFirst, position, process, shardId } = entry;
    if (!isFirst || isOfKcl(process)) return;
    this.#begun.set(call, position);
    const failures = this.#failures.get(`${process} ${shardId}`);
    if (failures?.epoch !== epoch) return;
    const failure = failures.byFirst.get(placeText(position));
    // Where it rests it is tried again when the rest is over.
    if (failure === undefined || failure.due.length === 0 || failure.isHalted) return;
    this.#break(process, shardId, `tries ${this.#nameAt(shardId, position)} again`, failure);
  }

  /** The sink may be called with the same letter again. */
  #seeOffered({ attempts, position, process, record, shardId }: EntryOf<"offered">): void {
    const failure = this.#failureAt(process, shardId, position);
    const name = nameOf(record);
    if (name !== this.#nameAt(shardId, position)) {
      this.#break(
        process,
        shardId,
        `offers ${name} as ${this.#nameAt(shardId, position)}`,
        failure,
      );
    }
    const isDue = this.#policy.then === "dead-letter" && isSamePlace(failure?.due[0], position);
    if (isDue && attempts === failure?.tries) return;
    this.#break(process, shardId, `offers ${name} after "${attempts}" tries`, failure);
  }

  #seeHandled({ how, positions, process, shardId, why }: EntryOf<"handled">): void {
    const [first] = positions;
    if (first === undefined) return;
    if (how === "dead-lettered") this.#seeTaken(process, shardId, first);
    if (how !== "skipped") return;
    const failure = this.#failureAt(process, shardId, first);
    const allowed =
      why?.by === "skipRecord"
        ? failure?.isLeftOut === true && failure.due.length === 1
        : this.#policy.then === "skip";
    const { due = [] } = failure ?? {};
    const isDue = due.length === positions.length && isSamePart(due, positions);
    if (allowed && isDue && why?.attempts === failure?.tries) {
      this.#failures.get(`${process} ${shardId}`)?.byFirst.delete(placeText(first));
      return;
    }
    const names = positions.map((position) => this.#nameAt(shardId, position)).join(" to ");
    this.#break(process, shardId, `skips ${names}`, failure);
  }

  /** What a sink takes that hung until its worker had lost the shard does not count. */
  #seeTaken(process: string, shardId: string, position: Position): void {
    const failures = this.#failures.get(`${process} ${shardId}`)?.byFirst;
    const failure = failures?.get(placeText(position));
    if (failures === undefined || !isSamePlace(failure?.due[0], position)) return;
    failures.delete(placeText(position));
    if (failure === undefined) return;
    failure.due = failure.due.slice(1);
    const [next] = failure.due;
    if (next !== undefined) failures.set(placeText(next), failure);
  }

  #seeNews({ fields, process, what }: EntryOf<"lease">): void {
    if (what !== "shardHalted" && what !== "skipRecord") return;
    const { shardId } = fields as Told;
    if (what === "skipRecord") {
      const first = this.#firstHalted(process, shardId);
      if (first !== undefined) first.isLeftOut = true;
      return;
    }
    const { attempts, records, ...at } = fields as Told &
      Position & { readonly attempts: number; readonly records: number };
    const failure = this.#failureAt(process, shardId, at);
    const isDue = this.#policy.then === "halt" && isSamePlace(failure?.due[0], at);
    if (isDue && attempts === failure?.tries && records === failure.due.length) {
      failure.isHalted = true;
      return;
    }
    this.#break(process, shardId, `halts at ${this.#nameAt(shardId, at)}`, failure);
  }

  /** Where several rest, the first of the shard is what an operator leaves out. */
  #firstHalted(process: string, shardId: string): Failure | undefined {
    const failures = this.#failures.get(`${process} ${shardId}`)?.byFirst.values() ?? [];
    const isBefore = ({ remaining: [a] }: Failure, { remaining: [b] }: Failure): boolean =>
      a !== undefined && b !== undefined && comparePositions(a, b) < 0;
    return [...failures]
      .filter(({ isHalted }) => isHalted)
      .reduce<Failure | undefined>(
        (first, next) => (first !== undefined && isBefore(first, next) ? first : next),
        undefined,
      );
  }

  #nameAt(shardId: string, position: Position): string {
    const stored = this.#stored.at(shardId, position);
    return stored === undefined ? placeText(position) : nameOf(stored.record);
  }

  #break(process: string, shardId: string, what: string, failure: Failure | undefined): never {
    const { due = [], remaining = [], tries = 0 } = failure ?? {};
    const names = remaining.map((position) => this.#nameAt(shardId, position)).join(" ");
    const failed = tries === 0 ? "nothing" : `${names} ${tries} times, and ${due.length} are due`;
    throw new BrokenInvariant(
      this.name,
      `${process} ${what} on ${shardId}: it failed on ${failed}`,
      process,
    );
  }
}

function isSamePart(one: readonly Position[], other: readonly Position[]): boolean {
  return isSamePlace(one[0], other[0]) && isSamePlace(one.at(-1), other.at(-1));
}
