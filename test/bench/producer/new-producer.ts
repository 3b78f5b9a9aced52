// Our producer as the goals want it.
import { silentLogger } from "@shardline/core";
import { createProducer, type Producer, type ProducerOptions } from "@shardline/producer";
import { STREAM } from "../emulator/traffic.ts";

/** A producer for the stream at that address, without a limit on the rate. */
export function newProducer(endpoint: string, options: Partial<ProducerOptions>): Producer {
  return createProducer({
    stream: STREAM,
    kinesis: {
      endpoint,
      region: "us-east-1",
      credentials: { accessKeyId: "bench", secretAccessKey: "bench" },
    },
    rateLimit: false,
    logger: silentLogger,
    ...options,
  });
}
