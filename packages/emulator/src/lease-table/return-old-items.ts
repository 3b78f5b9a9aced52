// dynalite 4 does not know ReturnValuesOnConditionCheckFailure, with which a consumer learns who holds a lease
// that it just failed to write. This teaches it: the check of a condition runs under the item's lock, so the
// item that it returns is the very one that the condition failed on.
import { createRequire } from "node:module";

interface Validation {
  readonly types: Record<string, unknown>;
}

interface ConditionalWrite {
  readonly ReturnValuesOnConditionCheckFailure?: "ALL_OLD" | "NONE";
}

interface Refusal {
  readonly body: { Item?: object };
}

interface Db {
  checkConditional: (write: ConditionalWrite, stored?: object) => Refusal | null | undefined;
}

const MEMBER = "ReturnValuesOnConditionCheckFailure";
const RULE = { type: "String", enum: ["ALL_OLD", "NONE"] };
const WRITES = ["putItem", "updateItem", "deleteItem"];

/** Makes dynalite, as loaded into this process, answer failed conditions with the item; once is enough. */
export function returnOldItems(): void {
  const require = createRequire(import.meta.url);
  for (const write of WRITES) {
    const { types } = require(`dynalite/validations/${write}`) as Validation;
    if (MEMBER in types) return;
    types[MEMBER] = RULE;
  }
  const db = require("dynalite/db") as Db;
  const { checkConditional } = db;
  db.checkConditional = (write, stored) => {
    const refusal = checkConditional(write, stored);
    if (refusal && stored !== undefined && write[MEMBER] === "ALL_OLD") refusal.body.Item = stored;
    return refusal;
  };
}
