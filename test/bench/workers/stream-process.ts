// The process of an emulator that workers read from: streams without any limits, and the lease tables in dynalite.
import { type InjectedRecord, startEmulator } from "@shardline/emulator";
import { type Load, LOADS, shardsOf, storedRecords } from "../consumer/load.ts";
import { machineMs } from "../machine-ms.ts";

/** What the process is told when it starts. */
export interface StreamsTask {
  /** Name to number of shards. */
  readonly streams: Readonly<Record<string, number>>;
  /** Whether reads, and requests to the lease tables, are counted. @defaultValue false */
  readonly counts?: boolean;
}

/** What it is asked. */
export type StreamsQuestion =
  /** Puts so many records at once; answers when all were there, in `machineMs`. */
  | { readonly kind: "put"; readonly stream: string; readonly load: Load["id"] }
  /** How many there were so far: calls of GetRecords, and requests to the lease tables. */
  | { readonly kind: "reads" | "requests" };

/** Enough for what is not read yet; what was read long ago is dropped. */
const MAX_BYTES = 1024 ** 3;
const AT_A_TIME = 5000;

const { counts = false, streams } = JSON.parse(process.argv[2] ?? "") as StreamsTask;
const emulator = await startEmulator({ streams, maxBytes: MAX_BYTES, whenFull: "drop-oldest" });
/** A rule that does nothing to a call but to count it. */
const AS_IT_IS = { kind: "latency", ms: 0 } as const;
const counters = counts && {
  reads: emulator.faults.add({ match: { operations: "GetRecords" }, effect: AS_IT_IS }),
  requests: emulator.faults.add({ match: { service: "dynamodb" }, effect: AS_IT_IS }),
};
const contents = new Map<Load["id"], readonly InjectedRecord[]>();
process.on("disconnect", () => process.exit());
process.on("message", ({ question }: { readonly question: StreamsQuestion }) => {
  process.send?.(answerTo(question));
});
process.send?.(emulator.clientConfig("kinesis"));

function answerTo(question: StreamsQuestion): number {
  if (question.kind === "put") return put(question.stream, contentOf(question.load));
  if (!counters) throw new Error("nothing is counted");
  return counters[question.kind].hits;
}

/** Nobody is answered before all are stored, because nothing here waits. */
function put(stream: string, records: readonly InjectedRecord[]): number {
  for (let from = 0; from < records.length; from += AT_A_TIME) {
    emulator.inject(stream, records.slice(from, from + AT_A_TIME));
  }
  return machineMs();
}

/** Shard by shard in turns, so that none waits for another one's. */
function contentOf(id: Load["id"]): readonly InjectedRecord[] {
  const known = contents.get(id);
  if (known !== undefined) return known;
  const load = LOADS[id];
  const shards = shardsOf(load).map((shard) =>
    storedRecords(load, shard).map(({ data, partitionKey }) => ({ data, partitionKey })),
  );
  const content = Array.from({ length: load.kinesisRecords }, (_, i) =>
    shards.map((records) => records[i] as InjectedRecord),
  ).flat();
  contents.set(id, content);
  return content;
}
