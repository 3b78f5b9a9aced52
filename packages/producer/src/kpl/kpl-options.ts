// What a properties file of the KPL comes to.
import type { ProducerOptions } from "../options.ts";

/** Configuration of the SDK's client, to which more may be added, such as credentials. */
export interface KplClientConfig {
  readonly region?: string;
  readonly endpoint?: string;
  /** Options of the SDK's NodeHttpHandler. */
  readonly requestHandler?: {
    readonly httpsAgent: {
      readonly keepAlive: true;
      readonly maxSockets: number;
      readonly rejectUnauthorized: false;
    };
  };
}

/** For `createProducer`, to which at least a stream may be added. */
export interface KplProducerOptions extends Omit<ProducerOptions, "kinesis"> {
  readonly kinesis?: KplClientConfig;
}
