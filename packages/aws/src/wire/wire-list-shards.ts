// ListShards, once, in CBOR: how a client finds out whether its endpoint speaks it. The call changes nothing, so it may
// go again in JSON whatever became of it.
import { ListShardsCommand } from "@aws-sdk/client-kinesis";
import { cbor } from "@smithy/core/cbor";
import type { ListShardsAnswer, ListShardsRequest } from "@shardline/core";
import { listShardsInput, readListShards } from "../list-shards.ts";
import type { CborTrust } from "./cbor-trust.ts";
import { CBOR_TYPE, isCbor, readContent } from "./content.ts";
import { failureUnless } from "./failure-unless.ts";
import type { SignedCall } from "./signed-call.ts";

/** Lists shards if the endpoint is to be asked for CBOR; `undefined` if the call should go as always. */
export type TryListShards = (
  request: ListShardsRequest,
  abortSignal: AbortSignal,
) => Promise<ListShardsAnswer | undefined>;

const TARGET = {
  target: "Kinesis_20131202.ListShards",
  command: ListShardsCommand,
  contentType: CBOR_TYPE,
} as const;

/**
 * Asks for listings in CBOR until one tells, which all kinds of calls have to know. Rejects where JSON would have come to
 * the same.
 */
export function listShardsBy(call: SignedCall, trusts: readonly CborTrust[]): TryListShards {
  const mayAsk = (): boolean =>
    trusts.map((trust) => trust.formOfListing()).every((form) => form === "cbor");
  return async (request, abortSignal) => {
    if (hasTime(request) || !mayAsk()) return undefined;
    try {
      const input = listShardsInput(request);
      const body = cbor.serialize(input);
      const answer = await call({ ...TARGET, body, endpointInput: input, abortSignal });
      const listing = isCbor(answer) ? readListShards(readContent(answer)) : undefined;
      for (const trust of trusts) trust.listed(listing !== undefined);
      return listing;
    } catch (error) {
      const failure = failureUnless(abortSignal, error);
      const isFormToBlame = trusts.map((trust) => trust.notListed(failure)).includes(true);
      if (isFormToBlame) return undefined;
      throw error;
    }
  };
}

/** How the service writes times in CBOR is its own affair. */
function hasTime(request: ListShardsRequest): boolean {
  return "filter" in request && request.filter !== undefined && "timestampMs" in request.filter;
}
