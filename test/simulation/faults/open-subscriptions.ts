// The subscriptions that are open at the service, by the stream of their shards: what befalls a stream ends them too. It lies
// behind the network, which brings the end to the reader like any other event.
import {
  type ApiFailure,
  apiCallFailed,
  type KinesisApi,
  LinkedSignal,
  PushedEvents,
} from "@shardline/core";

const FAILED: Readonly<Record<"away" | "down", ApiFailure>> = {
  away: {
    kind: "missing",
    awsName: "ResourceNotFoundException",
    reason: "the stream is away",
    isAmbiguous: false,
  },
  down: {
    kind: "transient",
    awsName: "InternalFailure",
    reason: "the stream is down",
    isAmbiguous: true,
  },
};

export class OpenSubscriptions {
  /** By the name of the stream. */
  readonly #open = new Map<string, Set<LinkedSignal>>();

  /** The same port, whose subscriptions can be ended from here. */
  between(kinesis: KinesisApi): KinesisApi {
    return {
      ...kinesis,
      subscribeToShard: async (request, signal) => {
        const left = new LinkedSignal(signal);
        const events = await kinesis.subscribeToShard(request, left.signal);
        this.#note(streamOf(request.consumerArn), left);
        const iterator = events[Symbol.asyncIterator]();
        return new PushedEvents({ next: () => iterator.next(), signal, left });
      },
    };
  }

  /** All of a stream fail; answers how many. */
  fail(stream: string, how: keyof typeof FAILED): number {
    const open = [...(this.#open.get(stream) ?? [])];
    for (const left of open) left.abort(apiCallFailed("SubscribeToShard", FAILED[how]));
    return open.length;
  }

  #note(stream: string, left: LinkedSignal): void {
    const open = this.#open.get(stream) ?? new Set();
    this.#open.set(stream, open.add(left));
    const forget = (): void => void open.delete(left);
    if (left.signal.aborted) forget();
    else left.signal.addEventListener("abort", forget, { once: true });
  }
}

/** As in `arn:aws:kinesis:us-east-1:000000000000:stream/orders/consumer/billing:1700000000`. */
function streamOf(consumerArn: string): string {
  return consumerArn.split("/")[1] ?? "";
}
