// RegisterStreamConsumer.
// Faithful: CREATING before ACTIVE, 20 consumers per stream, five in CREATING at the same time. Deviates: 20 on
// every stream, also where an account with the on-demand advantage would get 50.
import { streamOf } from "../input/addressing.ts";
import { structure } from "../input/compound-shapes.ts";
import { TEXTS } from "../input/members.ts";
import { required } from "../input/shape.ts";
import { requireTags, TAG_MAP } from "../input/tag-shapes.ts";
import { requireRate } from "../limits/throttling.ts";
import { type ConsumerOutput, describeConsumer } from "../fan-out/consumer-description.ts";
import type { Call, Operation } from "../operation.ts";

/** Members of the call. */
export interface RegisterStreamConsumerInput {
  readonly StreamARN: string;
  readonly ConsumerName: string;
  readonly StreamId?: string;
  readonly Tags?: ReadonlyMap<string, string>;
}

/** Members of the answer. */
export interface RegisterStreamConsumerOutput {
  readonly Consumer: ConsumerOutput;
}

/** Registers a consumer of a stream. */
export const registerStreamConsumer: Operation<
  RegisterStreamConsumerInput,
  RegisterStreamConsumerOutput
> = {
  name: "RegisterStreamConsumer",
  input: structure<RegisterStreamConsumerInput>({
    StreamARN: required(TEXTS.StreamARN),
    ConsumerName: required(TEXTS.ConsumerName),
    StreamId: TEXTS.StreamId,
    Tags: TAG_MAP,
  }),
  run,
};

function run(input: RegisterStreamConsumerInput, call: Call): RegisterStreamConsumerOutput {
  const stream = streamOf({ StreamARN: input.StreamARN }, call);
  stream.requireStatus("ACTIVE", "UPDATING");
  const plan = { name: input.ConsumerName, tags: input.Tags ?? new Map() };
  stream.consumers.requireFree(plan.name);
  requireTags(plan.tags);
  stream.consumers.requireRoom();
  requireRate("RegisterStreamConsumer", call, stream);
  return { Consumer: describeConsumer(stream.consumers.register(plan)) };
}
