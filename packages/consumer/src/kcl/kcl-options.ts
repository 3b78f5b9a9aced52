// What a properties file of the KCL comes to.
import type { GivenValues, ImportedKey, Meaning } from "@shardline/core";
import type { ConsumerOptions } from "../options.ts";

/** Configuration of a client of the SDK, to which more may be added, such as credentials. */
export interface KclClientConfig {
  readonly region?: string;
  readonly endpoint?: string;
}

type Clients = "dynamodb" | "kinesis";

/** For `createConsumer`, to which at least a handler must be added, and `startAt` if the file does not say it. */
export interface KclConsumerOptions
  extends Pick<ConsumerOptions, "application" | "stream">,
    Partial<Omit<ConsumerOptions, "application" | "stream" | Clients>> {
  readonly kinesis?: KclClientConfig;
  readonly dynamodb?: KclClientConfig;
}

/** Of one key. */
export type KclMeaning = Meaning<Partial<KclConsumerOptions>>;
export type KclKey = ImportedKey<Partial<KclConsumerOptions>>;
export type KclValues = GivenValues;
