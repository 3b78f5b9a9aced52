// A dead letter counts when the sink has taken it, and not before: what the consumer tells to be dead-lettered, its sink has.
import type { Position } from "@shardline/core";
import { BrokenInvariant, type Checker } from "../evidence/journal.ts";
import type { EntryOf } from "../evidence/journal-entry.ts";
import { placeText } from "./lease-facts.ts";

export class DeadLetters implements Checker {
  readonly name = "dead letters are taken";
  readonly sights = {
    handled: (entry: EntryOf<"handled">): void => this.#noteTaken(entry),
    lease: (entry: EntryOf<"lease">): void => this.#seeTold(entry),
  };
  /** What the sink has taken, and was not told of yet. */
  readonly #taken = new Set<string>();

  #noteTaken({ how, positions, process, shardId }: EntryOf<"handled">): void {
    const [position] = positions;
    if (how !== "dead-lettered" || position === undefined) return;
    this.#taken.add(`${process} ${shardId} ${placeText(position)}`);
  }

  #seeTold({ fields, process, what }: EntryOf<"lease">): void {
    if (what !== "recordDeadLettered") return;
    const { shardId, ...position } = fields as Position & { readonly shardId: string };
    const at = placeText(position);
    if (this.#taken.delete(`${process} ${shardId} ${at}`)) return;
    const told = `${process} tells that ${at} of ${shardId} is dead-lettered`;
    throw new BrokenInvariant(this.name, `${told}, and the sink has not taken it`, process);
  }
}
