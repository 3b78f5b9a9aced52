// S5: nothing is delivered once the worker's own lease has expired, by its own clock, or was lost or given up. A lease is
// a worker's for a failover time from before it sent the last write that took effect. Nothing is allowed on top: the
// product asks in the same step in which it calls the handler.
import { BrokenInvariant, type Checker } from "../evidence/journal.ts";
import type { EntryOf } from "../evidence/journal-entry.ts";
import { isOfKcl } from "../fleet/worker-name.ts";

/** How long a worker may believe that a lease is its own. */
interface Tenure {
  readonly epoch: number;
  /** By its own clock. */
  untilMs: number;
  isOver: boolean;
}

/** With these it told that its lease is not its own any more. */
const ENDS: ReadonlySet<string> = new Set(["leaseLost", "leaseReleased"]);

export class DeliveryUnderLease implements Checker {
  readonly name = "delivery under a lease";
  readonly sights = {
    table: (entry: EntryOf<"table">): void => this.#seeWrite(entry),
    lease: (entry: EntryOf<"lease">): void => this.#seeEvent(entry),
    delivered: (entry: EntryOf<"delivered">): void => this.#seeDelivered(entry),
  };
  readonly #failoverMs: number;
  readonly #ownTimeMs: (process: string) => number;
  /** By process and shard, the latest. */
  readonly #tenures = new Map<string, Tenure>();

  constructor(failoverMs: number, ownTimeMs: (process: string) => number) {
    this.#failoverMs = failoverMs;
    this.#ownTimeMs = ownTimeMs;
  }

  #seeWrite({ after, before, process, sentAtMs }: EntryOf<"table">): void {
    const shardId = (after ?? before)?.shardId ?? "";
    const tenure = this.#tenures.get(placeOf(process, shardId));
    if (after?.owner !== process || sentAtMs === undefined) {
      // Whoever gives a lease up has stopped before.
      if (before?.owner === process && tenure !== undefined) tenure.isOver = true;
      return;
    }
    const { epoch } = after;
    const untilMs = sentAtMs + this.#failoverMs;
    // What is lost stays lost, though a write of before may yet take effect.
    if (tenure?.epoch === epoch) tenure.untilMs = Math.max(tenure.untilMs, untilMs);
    else this.#tenures.set(placeOf(process, shardId), { epoch, untilMs, isOver: false });
  }

  #seeEvent({ fields, process, what }: EntryOf<"lease">): void {
    if (!ENDS.has(what)) return;
    const { shardId } = fields as { readonly shardId: string };
    const tenure = this.#tenures.get(placeOf(process, shardId));
    if (tenure !== undefined) tenure.isOver = true;
  }

  #seeDelivered({ epoch, process, shardId }: EntryOf<"delivered">): void {
    if (isOfKcl(process)) return;
    const tenure = this.#tenures.get(placeOf(process, shardId));
    if (tenure === undefined || tenure.epoch !== epoch) {
      this.#break(process, shardId, `in epoch ${epoch}, which is not its own`);
    }
    if (tenure.isOver) this.#break(process, shardId, "whose lease it has given up or lost");
    const lateMs = this.#ownTimeMs(process) - tenure.untilMs;
    if (lateMs >= 0) {
      this.#break(process, shardId, `whose lease expired ${Math.ceil(lateMs)} ms ago by its clock`);
    }
  }

  #break(process: string, shardId: string, problem: string): never {
    throw new BrokenInvariant(
      this.name,
      `${process} delivers from ${shardId}, ${problem}`,
      process,
    );
  }
}

function placeOf(process: string, shardId: string): string {
  return `${process} ${shardId}`;
}
