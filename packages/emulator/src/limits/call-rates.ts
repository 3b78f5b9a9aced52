// How often the operations of one account and region, or those about one stream, are called.
import { TokenBucket } from "@shardline/core";
import type { LimitedOperation, Limits } from "./limits.ts";

/** One bucket per operation, made when it is first called. */
export class CallRates {
  readonly #perSecond: NonNullable<Limits["callsPerSecond"]>;
  readonly #buckets = new Map<LimitedOperation, TokenBucket>();

  constructor({ callsPerSecond = {} }: Limits) {
    this.#perSecond = callsPerSecond;
  }

  /** Takes one call, by the monotonic clock; answers whether there was room for it. */
  admit(operation: LimitedOperation, nowMs: number): boolean {
    const perSecond = this.#perSecond[operation];
    if (perSecond === undefined) return true;
    const bucket = this.#buckets.get(operation) ?? new TokenBucket(perSecond, perSecond, nowMs);
    this.#buckets.set(operation, bucket);
    if (bucket.readyAtMs(1, nowMs) > nowMs) return false;
    bucket.take(1, nowMs);
    return true;
  }
}
