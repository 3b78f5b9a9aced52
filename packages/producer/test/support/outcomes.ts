// What became of a put, for tests that know what must have become of it.
import { KinesisError, type UndeliveredDetails } from "@shardline/core";
import type { Receipt } from "@shardline/producer";
import type { Outcome } from "./stage.ts";

/** The receipt of a record that was stored. */
export function receiptOf(outcome: Outcome | undefined): Receipt {
  if (outcome?.kind === "stored") return outcome.receipt;
  throw outcome?.error ?? new Error("nothing was put");
}

/** The error of a record that was not, and what it tells. */
export function undelivered(outcome: Outcome | undefined): {
  readonly error: KinesisError;
  readonly details: UndeliveredDetails;
} {
  if (outcome?.kind !== "failed" || !KinesisError.is(outcome.error))
    throw new Error("it was stored");
  return { error: outcome.error, details: outcome.error.details as UndeliveredDetails };
}
