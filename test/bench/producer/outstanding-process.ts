// The process of one client whose endpoint never answers: puts so many records, each with data and a key of its own,
// and tells once how much more memory it holds than before.
import { setImmediate as nextTurn, setTimeout as sleep } from "node:timers/promises";
import type { Outstanding, OutstandingArgument } from "./outstanding-messages.ts";
import { OUTSTANDING_WAYS } from "./outstanding-ways.ts";
import { type InputRecord, RecordSource, TRAFFICS } from "./traffic.ts";

/** Of one PutRecords call, where the client makes it as it is told. */
const RECORDS = 500;
const LOOK_MS = 500;
/** Of the time between two looks, in µs: nothing is done any more but to wait. */
const AT_REST_US = 50_000;
const MOST_LOOKS = 120;

const { endpoint, records, way } = JSON.parse(process.argv[2] ?? "") as OutstandingArgument;
const source = new RecordSource(TRAFFICS.keys20);
let settled = 0;
const put = OUTSTANDING_WAYS[way].open(endpoint, records, () => (settled += 1));
const before = await settledRssBytes();
for (let taken = 0; taken < records; taken += RECORDS) {
  put(source.take(RECORDS).map(ownCopy));
  await nextTurn();
}
const outstanding: Outstanding = { rssBytes: (await settledRssBytes()) - before };
if (settled > 0) throw new Error(`${settled} times something was settled`);
process.on("disconnect", () => process.exit());
process.send?.(outstanding);

function ownCopy({ data, partitionKey }: InputRecord): InputRecord {
  return {
    data: Buffer.from(data),
    partitionKey: Buffer.from(partitionKey).toString("latin1"),
  };
}

/** When all that is to be sent is on its way, and what is garbage is gone. */
async function settledRssBytes(): Promise<number> {
  for (let looks = 0, spentUs = Number.POSITIVE_INFINITY; spentUs > AT_REST_US; looks += 1) {
    if (looks === MOST_LOOKS) throw new Error("the process does not come to rest");
    const before = process.cpuUsage();
    await sleep(LOOK_MS);
    const { system, user } = process.cpuUsage(before);
    spentUs = system + user;
  }
  globalThis.gc?.();
  globalThis.gc?.();
  await sleep(LOOK_MS);
  return process.memoryUsage.rss();
}
