// DeregisterStreamConsumer.
// Faithful: DELETING before it is gone, and what it subscribed to ends with an exception then. Deviates: a consumer
// in CREATING may be deregistered; one in DELETING is left alone, and the call succeeds.
import { structure } from "../input/compound-shapes.ts";
import {
  CONSUMER_ADDRESS,
  type ConsumerAddress,
  consumerOf,
} from "../input/consumer-addressing.ts";
import { requireRate } from "../limits/throttling.ts";
import type { NoOutput, Operation } from "../operation.ts";

/** Deregisters a consumer. */
export const deregisterStreamConsumer: Operation<ConsumerAddress, NoOutput> = {
  name: "DeregisterStreamConsumer",
  input: structure<ConsumerAddress>(CONSUMER_ADDRESS),
  run: (input, call) => {
    const { stream, consumer } = consumerOf(input, call);
    requireRate("DeregisterStreamConsumer", call, stream);
    consumer.deregister();
    return undefined;
  },
};
