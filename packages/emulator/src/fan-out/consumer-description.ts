// Consumers as the API describes them.
import type { Consumer, ConsumerStatus } from "./consumer.ts";

/** What every mention of a consumer says. */
export interface ConsumerOutput {
  readonly ConsumerName: string;
  readonly ConsumerARN: string;
  readonly ConsumerStatus: ConsumerStatus;
  /** Epoch seconds with three decimals. */
  readonly ConsumerCreationTimestamp: number;
}

/** Describes a consumer. */
export function describeConsumer({ name, arn, status, createdAtMs }: Consumer): ConsumerOutput {
  return {
    ConsumerName: name,
    ConsumerARN: arn,
    ConsumerStatus: status,
    ConsumerCreationTimestamp: createdAtMs / 1000,
  };
}
