// Subscriptions, whichever way they go: the promises of the port about signals and errors, around events that come by the
// wire or by the SDK.
import {
  type KinesisApi,
  LinkedSignal,
  PushedEvents,
  type SubscribeToShardRequest,
  type SubscriptionEvent,
} from "@shardline/core";
import type { GuardCall } from "./guarded-call.ts";

/** Resolves when the service has accepted the subscription. The signal ends it at any time, wherever it is. */
export type OpenEvents = (
  request: SubscribeToShardRequest,
  abortSignal: AbortSignal,
) => Promise<AsyncIterator<SubscriptionEvent>>;

const OPERATION = "SubscribeToShard";

/** Subscribes once: loops above repeat it. */
export function subscriber(guard: GuardCall, open: OpenEvents): KinesisApi["subscribeToShard"] {
  return async (request, signal) => {
    signal.throwIfAborted();
    const left = new LinkedSignal(signal);
    try {
      const events = await guard(OPERATION, () => open(request, left.signal), signal);
      const next = () => guard(OPERATION, () => events.next(), left.signal);
      return new PushedEvents({ next, signal, left });
    } catch (error) {
      left.abort(undefined);
      throw error;
    }
  };
}
