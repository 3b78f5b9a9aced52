// What the handlers of one process write into the journal.
import type { ConsumedRecord, DeadLetter, ShardContext } from "@shardline/consumer";
import type { Position } from "@shardline/core";
import type { Journal } from "../evidence/journal.ts";
import type { EntryOf } from "../evidence/journal-entry.ts";
import { decodeRecord, intactBytes } from "../evidence/sim-record.ts";

export class HandlerEvidence {
  readonly #journal: Journal;
  readonly #process: string;

  constructor(journal: Journal, process: string) {
    this.#journal = journal;
    this.#process = process;
  }

  /** Answers the number of the call. */
  delivered(
    records: readonly ConsumedRecord[],
    { leaseEpoch: epoch, shardId }: ShardContext,
  ): number {
    const call = this.#journal.nextCall();
    const where = { process: this.#process, shardId, epoch, call };
    for (const [at, consumed] of records.entries()) {
      const { data, partitionKey } = consumed;
      this.#journal.write({
        kind: "delivered",
        ...where,
        isFirst: at === 0,
        position: placeOf(consumed),
        record: decodeRecord(data),
        partitionKey,
        bytes: intactBytes(data),
      });
    }
    return call;
  }

  dealtWith(
    how: EntryOf<"handled">["how"],
    shardId: string,
    at: readonly Position[],
    why?: EntryOf<"handled">["why"],
  ): void {
    const positions = at.map(placeOf);
    const entry = { kind: "handled", process: this.#process, shardId, how, positions } as const;
    this.#journal.write(why === undefined ? entry : { ...entry, why });
  }

  left(
    call: number,
    { leaseEpoch: epoch, shardId }: ShardContext,
    failed?: EntryOf<"left">["failed"],
  ): void {
    const entry = { kind: "left", process: this.#process, shardId, epoch, call } as const;
    this.#journal.write(failed === undefined ? entry : { ...entry, failed });
  }

  checkpoint(
    { leaseEpoch: epoch, shardId }: ShardContext,
    at: Position,
    isAtMost: boolean,
    outcome: EntryOf<"checkpoint">["outcome"],
  ): void {
    const position = placeOf(at);
    const where = { process: this.#process, shardId, epoch, position, isAtMost };
    this.#journal.write({ kind: "checkpoint", ...where, outcome });
  }

  begun(fields: Omit<EntryOf<"begun">, "kind" | "process" | "atMs">): void {
    this.#journal.write({ kind: "begun", process: this.#process, ...fields });
  }

  /** A dead letter, by the product to its sink. */
  offered({ attempts, data, sequenceNumber, shardId, subSequenceNumber }: DeadLetter): void {
    const position = { sequenceNumber, subSequenceNumber };
    const where = { process: this.#process, shardId, position };
    this.#journal.write({ kind: "offered", ...where, attempts, record: decodeRecord(data) });
  }

  tell(what: string, fields: object): void {
    this.#journal.write({ kind: "lease", process: this.#process, what, fields });
  }
}

/** Without what else a record has. */
export function placeOf({ sequenceNumber, subSequenceNumber }: Position): Position {
  return { sequenceNumber, subSequenceNumber };
}
