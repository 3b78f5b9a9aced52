// What happens to a stream just before a call under faults, so that a test hits the moment of a race: calls that
// somebody else makes, and records that are trimmed.
import { type CallSubject, streamOf } from "./call-subject.ts";
import type { EffectOf } from "./fault-effects.ts";
import { readInput } from "../input/shape.ts";
import type { Call } from "../operation.ts";
import { OPERATIONS } from "../operations.ts";
import { ServiceException } from "../service-exception.ts";
import type { Stream } from "../stream/stream.ts";

/** Makes it happen, in order; what is refused leaves everything as it was. */
export function meddle(
  effects: readonly EffectOf<"meanwhile" | "trim">[],
  subject: Pick<CallSubject, "input" | "caller">,
  call: Call,
): void {
  for (const effect of effects) {
    const named = streamOf(subject);
    const stream = named && call.findNamespace(named.owner)?.find(named.name);
    if (effect.kind === "meanwhile") callMeanwhile(effect, stream, call);
    else if (stream !== undefined) trimAll(stream, call.wallMs);
  }
}

function callMeanwhile(
  { operation: name, input }: EffectOf<"meanwhile">,
  stream: Stream | undefined,
  call: Call,
): void {
  const operation = OPERATIONS.get(name);
  if (operation === undefined) return;
  const isAddressed = "StreamName" in input || "StreamARN" in input || stream === undefined;
  const address = isAddressed ? {} : { StreamARN: stream.home.arn };
  try {
    operation.run(readInput(operation.input, { ...address, ...input }), call);
  } catch (error) {
    if (!(error instanceof ServiceException)) throw error;
  }
}

function trimAll({ shards }: Stream, nowMs: number): void {
  for (const shard of shards.all()) shard.trim(nowMs);
}
