// What carries tags, as inputs name it: a stream, by name or ARN, or a consumer, by ARN.
import { streamOf } from "./addressing.ts";
import { consumerOf, isConsumerArn } from "./consumer-addressing.ts";
import type { StreamAddress } from "./members.ts";
import { requireTags } from "./tag-shapes.ts";
import type { Call } from "../operation.ts";
import { invalidArgument } from "../service-exception.ts";
import type { Stream } from "../stream/stream.ts";

/** A resource with its tags. */
export interface TaggedResource {
  /** As in `stream orders`. */
  readonly label: string;
  /** Itself, or the stream that it belongs to. */
  readonly stream: Stream;
  readonly tags: Map<string, string>;
  /** @throws ServiceException ResourceInUseException */
  requireActive(): void;
}

/** https://docs.aws.amazon.com/streams/latest/dev/tagging.html, 2026-11-21. */
const MAX_TAGS = 50;

/**
 * The stream that an input means, as something that carries tags.
 * @throws ServiceException InvalidArgumentException or ResourceNotFoundException
 */
export function taggedStreamOf(address: StreamAddress, call: Call): TaggedResource {
  const stream = streamOf(address, call);
  return {
    label: `stream ${stream.plan.name}`,
    stream,
    tags: stream.tags,
    requireActive: () => stream.requireStatus("ACTIVE"),
  };
}

/**
 * The resource that an ARN means.
 * @throws ServiceException InvalidArgumentException or ResourceNotFoundException
 */
export function taggedResourceOf(arn: string, call: Call): TaggedResource {
  if (!isConsumerArn(arn)) return taggedStreamOf({ StreamARN: arn }, call);
  const { stream, consumer } = consumerOf({ ConsumerARN: arn }, call);
  return {
    label: `consumer ${consumer.name} of stream ${stream.plan.name}`,
    stream,
    tags: consumer.tags,
    requireActive: () => consumer.requireActive(),
  };
}

/**
 * Refuses to add tags that are none, or more than a resource may have.
 * @throws ServiceException InvalidArgumentException
 */
export function requireRoomForTags(
  { label, stream, tags }: TaggedResource,
  added: ReadonlyMap<string, string>,
): void {
  requireTags(added);
  const keys = new Set([...tags.keys(), ...added.keys()]);
  if (keys.size <= MAX_TAGS) return;
  throw invalidArgument(
    `Failed to add tags to ${label} under account ${stream.home.accountId} because a given resource cannot ` +
      `have more than ${MAX_TAGS} tags associated with it.`,
  );
}
