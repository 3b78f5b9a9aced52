// What carries a resource policy, as inputs name it: a stream or a consumer, by ARN.
import { streamOf } from "./addressing.ts";
import type { MemberShapes } from "./compound-shapes.ts";
import { consumerOf, isConsumerArn } from "./consumer-addressing.ts";
import { TEXTS } from "./members.ts";
import { required } from "./shape.ts";
import type { Call } from "../operation.ts";
import { ServiceException } from "../service-exception.ts";
import type { Stream } from "../stream/stream.ts";

/** How an input names it. */
export interface PolicyAddress {
  readonly ResourceARN: string;
  readonly StreamId?: string;
}

/** The members of that. */
export const POLICY_ADDRESS: MemberShapes<PolicyAddress> = {
  ResourceARN: required(TEXTS.ResourceARN),
  StreamId: TEXTS.StreamId,
};

/** A resource with its policy. */
interface PolicyHolder {
  /** Itself, or the stream that it belongs to. */
  readonly stream: Stream;
  readonly holder: { resourcePolicy: string | undefined };
  /** @throws ServiceException ResourceInUseException */
  requireActive(): void;
}

/**
 * The resource that an ARN means.
 * @throws ServiceException InvalidArgumentException or ResourceNotFoundException
 */
export function policyHolderOf({ ResourceARN: arn }: PolicyAddress, call: Call): PolicyHolder {
  if (isConsumerArn(arn)) {
    const { stream, consumer } = consumerOf({ ConsumerARN: arn }, call);
    return { stream, holder: consumer, requireActive: () => consumer.requireActive() };
  }
  const stream = streamOf({ StreamARN: arn }, call);
  return { stream, holder: stream, requireActive: () => stream.requireStatus("ACTIVE") };
}

/**
 * The policy of a resource.
 * @throws ServiceException ResourceNotFoundException if it has none
 */
export function policyOf({ holder }: PolicyHolder, { ResourceARN: arn }: PolicyAddress): string {
  if (holder.resourcePolicy !== undefined) return holder.resourcePolicy;
  throw new ServiceException(
    "ResourceNotFoundException",
    `No resource policy found for resource ARN ${arn}.`,
  );
}
