// DescribeStreamConsumer.
// Faithful: every status is described; the consumer is named by its ARN, by its stream and name, or by all three if
// they agree.
import { structure } from "../input/compound-shapes.ts";
import {
  CONSUMER_ADDRESS,
  type ConsumerAddress,
  consumerOf,
} from "../input/consumer-addressing.ts";
import { type ConsumerOutput, describeConsumer } from "../fan-out/consumer-description.ts";
import { requireRate } from "../limits/throttling.ts";
import type { Operation } from "../operation.ts";

/** Members of the answer. */
export interface DescribeStreamConsumerOutput {
  readonly ConsumerDescription: ConsumerOutput & { readonly StreamARN: string };
}

/** Tells what a consumer is. */
export const describeStreamConsumer: Operation<ConsumerAddress, DescribeStreamConsumerOutput> = {
  name: "DescribeStreamConsumer",
  input: structure<ConsumerAddress>(CONSUMER_ADDRESS),
  run: (input, call) => {
    const { stream, consumer } = consumerOf(input, call);
    requireRate("DescribeStreamConsumer", call, stream);
    return {
      ConsumerDescription: { ...describeConsumer(consumer), StreamARN: stream.home.arn },
    };
  },
};
