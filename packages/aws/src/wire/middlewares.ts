// What stands in a client's middleware stack, function by function. The stack's own way of telling, names and steps,
// would not show that somebody put a function of theirs in the place of one of the SDK's.
import type { KinesisClient } from "@aws-sdk/client-kinesis";

/** One function of a stack; all but a user's have names. */
export interface Middleware {
  readonly name: string | undefined;
  readonly run: unknown;
}

/** The functions of a client's stack in the order in which they were added. */
export function middlewaresOf({
  middlewareStack,
}: Pick<KinesisClient, "middlewareStack">): Middleware[] {
  const found: Middleware[] = [];
  const add = (run: unknown, entry: { readonly name?: string } = {}): void => {
    found.push({ name: entry.name, run });
  };
  // Copying a stack onto another is how the SDK itself reads one.
  const recorder = { add, addRelativeTo: add };
  middlewareStack.applyToStack(recorder as unknown as KinesisClient["middlewareStack"]);
  return found;
}
