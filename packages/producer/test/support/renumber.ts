// Answers of services whose sequence numbers are laid out otherwise than those of Kinesis.
import type { PutRecordsAnswer } from "@shardline/core";

/** The answer with other sequence numbers. */
export function renumber(
  answer: PutRecordsAnswer,
  change: (number: string) => string,
): PutRecordsAnswer {
  return {
    ...answer,
    outcomes: answer.outcomes.map((outcome) =>
      outcome.kind === "stored"
        ? { ...outcome, sequenceNumber: change(outcome.sequenceNumber) }
        : outcome,
    ),
  };
}
