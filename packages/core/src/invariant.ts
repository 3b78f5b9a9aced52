// Checks of our own rules: what fails here is a bug of Shardline's, never of its user's.
import { KinesisError } from "./errors.ts";

/**
 * Throws when a rule of ours does not hold.
 * @throws KinesisError INVARIANT_BROKEN
 */
export function invariant(holds: unknown, rule: string): asserts holds {
  if (holds) return;
  throw new KinesisError("INVARIANT_BROKEN", {
    message: `broken invariant: ${rule}; this is a bug of Shardline, please report it`,
    isRetryable: false,
    details: {},
  });
}
