// lifion-kinesis, a producer and consumer on the second version of the AWS SDK: 500 records in each call.
import assert from "node:assert/strict";
import { callLoad } from "./call-load.ts";
import type { Load } from "./load.ts";
import { lifionClient } from "./peer-clients.ts";
import { RecordSource, type Traffic } from "./traffic.ts";

const RECORDS = 500;

/** Through `putRecords`. */
export function lifionLoad(endpoint: string, traffic: Traffic): Load {
  const kinesis = lifionClient(endpoint);
  const source = new RecordSource(traffic);
  // It makes JSON of anything that is no string, a Buffer included.
  const texts = new Map<Buffer, string>();
  const textOf = (data: Buffer): string => {
    const known = texts.get(data);
    if (known !== undefined) return known;
    const text = data.toString("latin1");
    texts.set(data, text);
    return text;
  };
  return callLoad({
    call: async () => {
      const records = source
        .take(RECORDS)
        .map(({ data, partitionKey }) => ({ partitionKey, data: textOf(data) }));
      const answer = await kinesis.putRecords({ records });
      assert.equal(answer.records.length, RECORDS);
      for (const { sequenceNumber } of answer.records) assert(sequenceNumber !== undefined);
      return RECORDS;
    },
    close: () => {},
  });
}
