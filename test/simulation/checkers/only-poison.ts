// Nothing is given up, nor a shard halted, but at what failed as often as the policy says, in a row, and no more of it than
// is at fault: where the record at fault is looked for, that record alone. What has failed so often is not tried again
// before it was given up or the shard has rested. Tries are counted where the handler fails.
import type { Position } from "@shardline/core";
import { BrokenInvariant, type Checker } from "../evidence/journal.ts";
import type { EntryOf } from "../evidence/journal-entry.ts";
import { nameOf } from "../evidence/sim-record.ts";
import type { StoredRecords } from "../evidence/stored-records.ts";
import { isSamePlace, placeText } from "./lease-facts.ts";

/** As a consumer is told. */
export interface GivingUp {
  readonly maxAttempts: number;
  /** Whether the record at fault is looked for by halves. */
  readonly bisects: boolean;
  readonly then: "halt" | "skip" | "dead-letter";
}

/** What a process failed on last in a shard. */
interface Failure {
  readonly epoch: number;
  /** The part of a batch that is not done. */
  readonly remaining: readonly Position[];
  /** How often it has failed, in a row. */
  readonly tries: number;
  /** What the policy is to meet now, in order. */
  due: readonly Position[];
  /** What an operator may leave out, once asked to. */
  isLeftOut: boolean;
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
  readonly #failures = new Map<string, Failure>();

  constructor(stored: StoredRecords, policy: GivingUp) {
    this.#stored = stored;
    this.#policy = policy;
  }

  #seeLeft({ epoch, failed, process, shardId }: EntryOf<"left">): void {
    const place = `${process} ${shardId}`;
    if (failed === undefined) {
      this.#failures.delete(place);
      return;
    }
    const { isNamed, remaining } = failed;
    const known = this.#failures.get(place);
    const isAgain = known?.epoch === epoch && isSamePart(known.remaining, remaining);
    const tries = isAgain ? known.tries + 1 : 1;
    const { bisects, maxAttempts } = this.#policy;
    const isKnown = isNamed || remaining.length === 1;
    const isOver = tries % maxAttempts === 0 && (isKnown || !bisects);
    const due = !isOver ? [] : isKnown ? remaining.slice(0, 1) : remaining;
    this.#failures.set(place, { epoch, remaining, tries, due, isLeftOut: false });
  }

  #seeDelivered({ epoch, isFirst, position, process, shardId }: EntryOf<"delivered">): void {
    const failure = this.#failures.get(`${process} ${shardId}`);
    const [due] = failure?.due ?? [];
    if (this.#policy.then === "halt" || failure?.epoch !== epoch || due === undefined) return;
    if (!isFirst || !isSamePlace(due, position)) return;
    this.#break(process, shardId, `tries ${this.#nameAt(shardId, position)} again`, failure);
  }

  /** The sink may be called with the same letter again. */
  #seeOffered({ attempts, position, process, record, shardId }: EntryOf<"offered">): void {
    const failure = this.#failures.get(`${process} ${shardId}`);
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
    if (how === "dead-lettered") this.#seeTaken(process, shardId, positions);
    if (how !== "skipped") return;
    const failure = this.#failures.get(`${process} ${shardId}`);
    const allowed =
      why?.by === "skipRecord"
        ? failure?.isLeftOut === true && failure.due.length === 1
        : this.#policy.then === "skip";
    const { due = [] } = failure ?? {};
    const isDue = due.length === positions.length && isSamePart(due, positions);
    if (allowed && isDue && why?.attempts === failure?.tries) {
      this.#failures.delete(`${process} ${shardId}`);
      return;
    }
    const names = positions.map((position) => this.#nameAt(shardId, position)).join(" to ");
    this.#break(process, shardId, `skips ${names}`, failure);
  }

  /** What a sink takes that hung until its worker had lost the shard does not count. */
  #seeTaken(process: string, shardId: string, [position]: readonly Position[]): void {
    const failure = this.#failures.get(`${process} ${shardId}`);
    if (failure !== undefined && isSamePlace(failure.due[0], position)) {
      failure.due = failure.due.slice(1);
    }
  }

  #seeNews({ fields, process, what }: EntryOf<"lease">): void {
    if (what !== "shardHalted" && what !== "skipRecord") return;
    const { shardId } = fields as Told;
    const failure = this.#failures.get(`${process} ${shardId}`);
    if (what === "skipRecord") {
      if (failure !== undefined) failure.isLeftOut = true;
      return;
    }
    const { attempts, records, ...at } = fields as Told &
      Position & { readonly attempts: number; readonly records: number };
    const isDue = this.#policy.then === "halt" && isSamePlace(failure?.due[0], at);
    if (isDue && attempts === failure?.tries && records === failure.due.length) return;
    this.#break(process, shardId, `halts at ${this.#nameAt(shardId, at)}`, failure);
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
