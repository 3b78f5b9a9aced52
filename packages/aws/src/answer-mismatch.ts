// An answer that arrived whole and is still not what the service promises. Kinesis could mean anything by
// it, so the call counts as failed in passing, and its effect as unknown.

/** The service's answer does not fit the request. */
export class AnswerMismatch extends Error {
  override readonly name = "AnswerMismatch";
}

/** Throws an AnswerMismatch, which says what is wrong, unless something holds. */
export function expectAnswer(holds: unknown, otherwise: string): asserts holds {
  if (!holds) throw new AnswerMismatch(otherwise);
}
