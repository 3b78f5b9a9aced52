// Which consumer an input means: by its own ARN, by its stream's ARN and its name, or by all three.
import { streamOf } from "./addressing.ts";
import type { MemberShapes } from "./compound-shapes.ts";
import { TEXTS } from "./members.ts";
import type { Consumer } from "../fan-out/consumer.ts";
import type { Call } from "../operation.ts";
import { invalidArgument, ServiceException } from "../service-exception.ts";
import type { Stream } from "../stream/stream.ts";

/** How an input names a consumer. */
export interface ConsumerAddress {
  readonly StreamARN?: string;
  readonly ConsumerName?: string;
  readonly ConsumerARN?: string;
  /** Checked and then ignored: no stream here has an id of its own. */
  readonly StreamId?: string;
}

/** A consumer with its stream. */
export interface StreamConsumer {
  readonly stream: Stream;
  readonly consumer: Consumer;
}

/** The members of a consumer's address. */
export const CONSUMER_ADDRESS: MemberShapes<ConsumerAddress> = {
  StreamARN: TEXTS.StreamARN,
  ConsumerName: TEXTS.ConsumerName,
  ConsumerARN: TEXTS.ConsumerARN,
  StreamId: TEXTS.StreamId,
};

/** As in `arn:aws:kinesis:us-east-1:000000000000:stream/orders/consumer/billing:1763683200`. */
const ARN = /^(.*:stream\/[^/]+)\/consumer\/([^/:]+):\d+$/;

/**
 * The consumer that an input means, in whatever status it is.
 * @throws ServiceException InvalidArgumentException or ResourceNotFoundException
 */
export function consumerOf(address: ConsumerAddress, call: Call): StreamConsumer {
  const { streamArn, name } = placeOf(address);
  const stream = streamOf({ StreamARN: streamArn }, call);
  const consumer = stream.consumers.find(name);
  if (consumer !== undefined && (address.ConsumerARN ?? consumer.arn) === consumer.arn) {
    return { stream, consumer };
  }
  throw new ServiceException(
    "ResourceNotFoundException",
    address.ConsumerARN === undefined
      ? `Consumer ${name} under stream ${stream.plan.name} and account ${stream.home.accountId} not found.`
      : `Consumer ${address.ConsumerARN} not found.`,
  );
}

/** Whether an ARN has the form of a consumer's. */
export function isConsumerArn(arn: string): boolean {
  return ARN.test(arn);
}

function placeOf({ StreamARN, ConsumerName, ConsumerARN }: ConsumerAddress): {
  readonly streamArn: string;
  readonly name: string;
} {
  if (ConsumerARN === undefined) {
    if (StreamARN !== undefined && ConsumerName !== undefined) {
      return { streamArn: StreamARN, name: ConsumerName };
    }
    throw invalidArgument("Either ConsumerARN or both StreamARN and ConsumerName must be given.");
  }
  const [, streamArn, name] = ARN.exec(ConsumerARN) ?? [];
  if (streamArn === undefined || name === undefined) {
    throw invalidArgument(`ConsumerARN ${ConsumerARN} is not the ARN of a consumer.`);
  }
  if ((StreamARN ?? streamArn) === streamArn && (ConsumerName ?? name) === name) {
    return { streamArn, name };
  }
  throw invalidArgument(
    `StreamARN ${StreamARN} and ConsumerName ${ConsumerName} name another consumer than ConsumerARN ${ConsumerARN}.`,
  );
}
