// A worker's end of the subscriptions to shards: when it asks for one, when for the next event, and how each is over. It lies
// above the network, because the pace and the patience are the worker's.
import {
  apiFailureOf,
  type Clock,
  type KinesisApi,
  type ShardSubscription,
  type SubscribeToShardRequest,
  type SubscriptionEvent,
} from "@shardline/core";
import type { Journal } from "./journal.ts";
import type { SubscriptionNews } from "./journal-entry.ts";

/** What is told of one. */
interface Watch {
  readonly tell: (news: SubscriptionNews) => void;
  /** Only the first end counts. */
  readonly end: (news: SubscriptionNews) => void;
  readonly onEvent: (event: SubscriptionEvent) => void;
}

/** The call that subscribes, watched; `onEvent` hears of each event when it has come. */
export function watchSubscriptions(
  kinesis: Pick<KinesisApi, "subscribeToShard">,
  process: Clock & { readonly name: string },
  journal: Journal,
  onEvent: (shardId: string, event: SubscriptionEvent) => void,
): KinesisApi["subscribeToShard"] {
  let count = 0;
  return (request, signal) => {
    const { shardId } = request;
    count += 1;
    const number = count;
    let isOver = false;
    const tell = (news: SubscriptionNews): void => {
      if (isOver) return;
      const localMs = process.nowMs();
      journal.write({
        kind: "subscription",
        process: process.name,
        shardId,
        number,
        localMs,
        news,
      });
    };
    const end = (news: SubscriptionNews): void => {
      tell(news);
      isOver = true;
      signal.removeEventListener("abort", onAbort);
    };
    const onAbort = (): void => end({ what: "left" });
    signal.addEventListener("abort", onAbort);
    return subscribe(kinesis, request, signal, {
      tell,
      end,
      onEvent: (event) => (isOver ? undefined : onEvent(shardId, event)),
    });
  };
}

async function subscribe(
  kinesis: Pick<KinesisApi, "subscribeToShard">,
  request: SubscribeToShardRequest,
  signal: AbortSignal,
  watch: Watch,
): Promise<ShardSubscription> {
  watch.tell({ what: "asked" });
  try {
    const subscription = await kinesis.subscribeToShard(request, signal);
    watch.tell({ what: "accepted" });
    return watched(subscription[Symbol.asyncIterator](), watch);
  } catch (error) {
    watch.end({ what: "refused", failure: apiFailureOf(error)?.kind });
    throw error;
  }
}

function watched(
  events: AsyncIterator<SubscriptionEvent>,
  { end, onEvent, tell }: Watch,
): ShardSubscription {
  const next = async (): Promise<IteratorResult<SubscriptionEvent>> => {
    tell({ what: "awaited" });
    try {
      const result = await events.next();
      if (result.done === true) {
        end({ what: "ended" });
        return result;
      }
      const isEnd = result.value.next.kind === "shard-end";
      tell(isEnd ? { what: "pushed", isEnd } : { what: "pushed" });
      onEvent(result.value);
      return result;
    } catch (error) {
      end({ what: "failed", failure: apiFailureOf(error)?.kind });
      throw error;
    }
  };
  const leave = async (): Promise<IteratorResult<SubscriptionEvent>> => {
    end({ what: "left" });
    return (await events.return?.()) ?? { done: true, value: undefined };
  };
  return { [Symbol.asyncIterator]: () => ({ next, return: leave }) };
}
