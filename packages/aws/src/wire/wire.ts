// The way past `client.send`, and when it may be taken.
import type { KinesisClient } from "@aws-sdk/client-kinesis";
import { BodyPool } from "./body-pool.ts";
import { CborTrust } from "./cbor-trust.ts";
import { signedCalls } from "./signed-call.ts";
import { type LooksUntouched, watchClient } from "./untouched-client.ts";
import { getRecordsBy, type SendGetRecords } from "./wire-get-records.ts";
import { listShardsBy, type TryListShards } from "./wire-list-shards.ts";
import { signedStreams } from "./signed-stream.ts";
import { putRecordsBy, type SendPutRecords } from "./wire-put-records.ts";
import { getShardIteratorBy, type SendGetShardIterator } from "./wire-shard-iterator.ts";
import { type SendSubscribeToShard, subscribeToShardBy } from "./wire-subscription.ts";

/** Calls that go past the SDK's serializer and middleware, with all that a client is configured with. */
export interface Wire {
  readonly looksUntouched: LooksUntouched;
  readonly putRecords: SendPutRecords;
  readonly getRecords: SendGetRecords;
  readonly getShardIterator: SendGetShardIterator;
  readonly tryListShards: TryListShards;
  readonly subscribeToShard: SendSubscribeToShard;
}

/** What a wire may do. */
interface WireOptions {
  /** Bounds the pauses within an answer, in ms, where the transport is one of ours. */
  readonly maxSilenceMs: number | undefined;
  /** Whether the endpoint may be asked if it speaks CBOR. */
  readonly mayUseCbor: boolean;
  /** The client whose transport carries subscriptions, made when it is first asked for. */
  readonly subscribing: () => KinesisClient;
}

/** Opens the way for a client that is as the SDK made it. */
export function openWire(client: KinesisClient, options: WireOptions): Wire {
  const call = signedCalls(client, options.maxSilenceMs);
  // One that does not take records in CBOR may still hand them out so, and the other way round.
  const puts = new CborTrust(options.mayUseCbor);
  const gets = new CborTrust(options.mayUseCbor);
  return {
    looksUntouched: watchClient(client),
    putRecords: putRecordsBy(call, new BodyPool(), puts),
    getRecords: getRecordsBy(call, new BodyPool(), gets),
    getShardIterator: getShardIteratorBy(call),
    tryListShards: listShardsBy(call, [puts, gets]),
    subscribeToShard: lazily(() =>
      subscribeToShardBy(
        signedStreams(options.subscribing(), options.maxSilenceMs),
        new BodyPool(),
      ),
    ),
  };
}

/** What most clients never do is prepared when it is first done. */
function lazily(make: () => SendSubscribeToShard): SendSubscribeToShard {
  let made: SendSubscribeToShard | undefined;
  return (request, abortSignal) => {
    made ??= make();
    return made(request, abortSignal);
  };
}
