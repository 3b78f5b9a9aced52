// The refusals of calls that come too often or bring too much. They are the last check of a call, so that one
// which fails for another reason takes nothing.
import { invariant } from "@shardline/core";
import { CALL_SCOPES, type LimitedOperation } from "./limits.ts";
import type { Call } from "../operation.ts";
import { ServiceException } from "../service-exception.ts";
import type { Shard } from "../stream/shard.ts";
import type { Stream } from "../stream/stream.ts";

/** An operation whose calls count per account and region, or per stream. */
type RatedOperation = {
  [Name in LimitedOperation]: (typeof CALL_SCOPES)[Name] extends "account" | "stream"
    ? Name
    : never;
}[LimitedOperation];

/**
 * Takes one call of the operation's rate. `stream` is what the call is about, if it is about one.
 * @throws ServiceException LimitExceededException
 */
export function requireRate(operation: RatedOperation, call: Call, stream?: Stream): void {
  if (call.limits.callsPerSecond?.[operation] === undefined) return;
  if (ratesOf(operation, call, stream).admit(operation, call.nowMs)) return;
  throw new ServiceException(
    "LimitExceededException",
    stream === undefined
      ? `Rate exceeded for account ${call.caller.accountId}.`
      : `Rate exceeded for stream ${stream.plan.name} under account ${stream.home.accountId}.`,
  );
}

function ratesOf(operation: RatedOperation, call: Call, stream: Stream | undefined) {
  if (CALL_SCOPES[operation] === "account") return call.openNamespace().callRates;
  invariant(stream !== undefined, "an operation that counts per stream is about one");
  return stream.callRates;
}

/** The refusal of a call that its shard cannot serve now. */
export function shardThrottled(shard: Shard, stream: Stream): ServiceException {
  return new ServiceException(
    "ProvisionedThroughputExceededException",
    throttledMessage(shard, stream),
  );
}

/** The message of that, which a failed entry of PutRecords carries as well. */
export function throttledMessage(shard: Shard, stream: Stream): string {
  return `Rate exceeded for shard ${shard.shardId} in stream ${stream.plan.name} under account ${stream.home.accountId}.`;
}
