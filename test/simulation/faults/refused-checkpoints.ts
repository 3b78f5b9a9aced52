// A lease table that refuses checkpoints for what they are, as DynamoDB refuses items that have grown too large: no
// repetition is promised to help.
import type { LeaseTable } from "@shardline/consumer";
import { apiCallFailed, type Random } from "@shardline/core";
import type { FaultCounts } from "./fault-counts.ts";

export interface RefusedCheckpointsOptions {
  readonly handlers: { readonly refusedCheckpoints: number };
  readonly random: Random;
  readonly faults: FaultCounts;
}

/** The refusals that one process meets. */
export class RefusedCheckpoints {
  readonly #options: RefusedCheckpointsOptions;
  #isCalm = false;

  constructor(options: RefusedCheckpointsOptions) {
    this.#options = options;
  }

  /** From here on every write is taken. */
  calm(): void {
    this.#isCalm = true;
  }

  /** The same table with them; what is refused has not taken effect. */
  between(table: LeaseTable): LeaseTable {
    return {
      ensureTable: (signal) => table.ensureTable(signal),
      get: (key, options, signal) => table.get(key, options, signal),
      list: (signal) => table.list(signal),
      create: (lease, signal) => table.create(lease, signal),
      update: async (key, move, signal) => {
        const { checkpoint, pendingCheckpoint } = move.patch;
        if (checkpoint !== undefined || pendingCheckpoint !== undefined) this.#refuse();
        return table.update(key, move, signal);
      },
      delete: (key, expect, signal) => table.delete(key, expect, signal),
    };
  }

  #refuse(): void {
    const { faults, handlers, random } = this.#options;
    const { refusedCheckpoints } = handlers;
    if (this.#isCalm || refusedCheckpoints === 0 || random.next() >= refusedCheckpoints) return;
    faults.add("checkpoint refused by the table");
    throw apiCallFailed("leases.update", {
      kind: "rejected",
      awsName: "ValidationException",
      reason: "the item is too large",
      isAmbiguous: false,
    });
  }
}
