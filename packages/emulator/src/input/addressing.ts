// Which stream an input means: by name in the caller's account and region, or by ARN in the ARN's. With both, the ARN
// says whose the stream is: the KCL and the KPL send the bare name beside the ARN of another account's stream.
import type { StreamAddress } from "./members.ts";
import type { Caller } from "../stream/namespace.ts";
import type { Call } from "../operation.ts";
import { invalidArgument, ServiceException, streamNotFound } from "../service-exception.ts";
import { type Shard, secondsOf } from "../stream/shard.ts";
import type { Stream } from "../stream/stream.ts";

const ARN = /^arn:[^:]*:kinesis:([^:]*):(\d{12}):stream\/(\S+)$/;

/** A stream's name and whose it is. */
interface Place {
  readonly owner: Caller;
  readonly name: string;
}

/**
 * The stream that an input means, in whatever status it is, without the shards that have expired.
 * @throws ServiceException InvalidArgumentException or ResourceNotFoundException
 */
export function streamOf(address: StreamAddress, call: Call): Stream {
  const { owner, name } = placeOf(address, call.caller);
  const stream = call.findNamespace(owner)?.find(name);
  if (stream === undefined || (address.StreamARN ?? stream.home.arn) !== stream.home.arn) {
    throw streamNotFound(name, owner);
  }
  stream.expire();
  return stream;
}

/**
 * The stream that a call to its records means. While a stream is being created it does not exist yet for
 * such calls; while it is being deleted it still does.
 * @throws ServiceException InvalidArgumentException or ResourceNotFoundException
 */
export function dataStreamOf(address: StreamAddress, call: Call): Stream {
  const stream = streamOf(address, call);
  if (stream.status === "CREATING") throw streamNotFound(stream.plan.name, stream.home);
  return stream;
}

/**
 * A shard whose records are asked for, with what is too old trimmed.
 * @throws ServiceException ResourceNotFoundException
 */
export function dataShardOf(stream: Stream, shardId: string): Shard {
  const shard = stream.shards.find(shardId);
  if (shard === undefined) {
    throw new ServiceException(
      "ResourceNotFoundException",
      `Shard ${shardId} in stream ${stream.plan.name} under account ${stream.home.accountId} does not exist`,
    );
  }
  shard.trim(stream.horizonMs);
  return shard;
}

/**
 * Refuses a stream that was not created at some epoch second; a fraction makes no difference, because clients may
 * not know it.
 * @throws ServiceException ResourceNotFoundException
 */
export function requireCreatedAt(
  { plan, home, createdAtMs }: Stream,
  seconds: number | undefined,
): void {
  if (seconds === undefined || Math.floor(seconds) === secondsOf(createdAtMs)) return;
  throw new ServiceException(
    "ResourceNotFoundException",
    `Stream ${plan.name} under account ${home.accountId} with the given creation time not found.`,
  );
}

function placeOf({ StreamName, StreamARN }: StreamAddress, caller: Caller): Place {
  if (StreamARN === undefined) {
    if (StreamName !== undefined) return { owner: caller, name: StreamName };
    throw invalidArgument("Either StreamName or StreamARN must be given.");
  }
  const [, region, accountId, name] = ARN.exec(StreamARN) ?? [];
  if (region === undefined || accountId === undefined || name === undefined) {
    throw invalidArgument(`StreamARN ${StreamARN} is not the ARN of a stream.`);
  }
  if ((StreamName ?? name) !== name) {
    throw invalidArgument(
      `StreamName ${StreamName} and StreamARN ${StreamARN} name different streams.`,
    );
  }
  return { owner: { accountId, region }, name };
}
