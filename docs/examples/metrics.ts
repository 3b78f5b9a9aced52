import { tracingChannel } from "node:diagnostics_channel";
import { createProducer, type PutRecordsTrace } from "@shardline/producer";

const producer = createProducer({ stream: "orders", metrics: { granularity: "shard" } });

// Every PutRecords call of the process, for a tracer; it costs nothing while nobody subscribes.
tracingChannel<unknown, PutRecordsTrace>("kinesis-producer:putRecords").start.subscribe((call) => {
  const { records, shards } = call as PutRecordsTrace;
  console.log(`${records} records for ${shards.length} shards`);
});

await Promise.all(["tea", "cups"].map((data) => producer.put({ partitionKey: "7", data })));

const { oldestRecordAgeMs, outstandingRecords } = producer.stats(); // how it stands right now
console.log(`${outstandingRecords} records outstanding, the oldest for ${oldestRecordAgeMs} ms`);

for (const { count, dimensions, sum } of producer.metrics("UserRecordsPut", 60)) {
  console.log(`${dimensions.ShardId ?? "in all"}: ${sum} of ${count} stored in the last minute`);
}

await producer.close();
