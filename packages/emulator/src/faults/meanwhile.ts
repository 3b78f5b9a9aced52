// Calls that somebody else makes just before the one under faults, so that a test hits the moment of a race.
import { type CallSubject, streamOf } from "./call-subject.ts";
import type { EffectOf } from "./fault-effects.ts";
import { readInput } from "../input/shape.ts";
import type { Call } from "../operation.ts";
import { OPERATIONS } from "../operations.ts";
import { ServiceException } from "../service-exception.ts";

/** Makes the calls, in order; what is refused leaves everything as it was. */
export function callMeanwhile(
  effects: readonly EffectOf<"meanwhile">[],
  subject: Pick<CallSubject, "input" | "caller">,
  call: Call,
): void {
  for (const { operation: name, input } of effects) {
    const operation = OPERATIONS.get(name);
    if (operation === undefined) continue;
    const isAddressed = "StreamName" in input || "StreamARN" in input;
    const address = isAddressed ? {} : addressOf(subject, call);
    try {
      operation.run(readInput(operation.input, { ...address, ...input }), call);
    } catch (error) {
      if (!(error instanceof ServiceException)) throw error;
    }
  }
}

function addressOf(
  subject: Pick<CallSubject, "input" | "caller">,
  call: Call,
): { readonly StreamARN?: string } {
  const named = streamOf(subject);
  const stream = named && call.findNamespace(named.owner)?.find(named.name);
  return stream === undefined ? {} : { StreamARN: stream.home.arn };
}
