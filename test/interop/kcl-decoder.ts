// The KCL's own de-aggregation, of 2.7 and of 3.5, and ours in the same words: what a worker of some shard gets out of a Kinesis record.
import { deaggregate } from "@shardline/aggregation";
import type { HashKeyRange, KinesisRecord } from "@shardline/core";
import { expect } from "vitest";
import { buildBatches } from "../../packages/consumer/src/batch/batch-builder.ts";
import { HashRangeFilter } from "../../packages/consumer/src/batch/hash-range-filter.ts";
import { startJava } from "./java-program.ts";
import type { KclVersion } from "./kcl-workers.ts";
import type { Fields, LineProgram } from "./line-program.ts";

/** A user record as it is handed to an application. */
export interface Handed {
  readonly sequenceNumber: string;
  readonly subSequenceNumber: number;
  readonly isAggregated: boolean;
  readonly partitionKey: string;
  readonly explicitHashKey: string | undefined;
  /** In base64. */
  readonly data: string;
}

/** A Kinesis record, and the shard of the worker that reads it. */
export interface ReadRecord {
  readonly record: KinesisRecord;
  readonly range: HashKeyRange;
}

/** What the KCL makes of a record. */
export type Theirs =
  | { readonly kind: "handed"; readonly records: Handed[] }
  | { readonly kind: "threw"; readonly error: string };

/** Both versions of the KCL, which make the same of everything. */
export class KclDecoder {
  readonly #decoders = [new VersionDecoder("2.7"), new VersionDecoder("3.5")] as const;

  /** In the order of the records. */
  async decode(reads: readonly ReadRecord[]): Promise<readonly Theirs[]> {
    const [theirs, newer] = await Promise.all(this.#decoders.map((one) => one.decode(reads)));
    expect(newer).toEqual(theirs);
    return theirs as readonly Theirs[];
  }
}

class VersionDecoder {
  readonly #program: LineProgram;
  readonly #outcomes: Theirs[] = [];

  constructor(version: KclVersion) {
    this.#program = startJava(`kcl-${version}`, "KclDecoder", {});
    this.#program.onLine((fields) => this.#note(fields));
  }

  /** In the order of the records. */
  async decode(reads: readonly ReadRecord[]): Promise<readonly Theirs[]> {
    const first = this.#outcomes.length;
    this.#outcomes.push(...reads.map((): Theirs => ({ kind: "handed", records: [] })));
    const done = this.#program.line("done");
    // It is waited for below; until then it may reject.
    done.catch(() => undefined);
    for (const read of reads) await this.#program.write(lineOf(read));
    await this.#program.write("");
    await done;
    return this.#outcomes.slice(first);
  }

  #note([kind, number, ...rest]: Fields): void {
    const at = Number(number);
    if (kind === "threw") this.#outcomes[at] = { kind, error: rest.join(" ") };
    const outcome = this.#outcomes[at];
    if (kind !== "record" || outcome?.kind !== "handed") return;
    const [sequenceNumber = "", sub, aggregated, partitionKey = "", hashKey = "", data = ""] = rest;
    outcome.records.push({
      sequenceNumber,
      subSequenceNumber: Number(sub),
      isAggregated: aggregated === "true",
      partitionKey: textOf(partitionKey),
      explicitHashKey: hashKey === "" ? undefined : textOf(hashKey),
      data,
    });
  }
}

/** What our consumer makes of a Kinesis record. */
export type Ours =
  | { readonly kind: "handed"; readonly records: readonly Handed[] }
  /** An aggregate that points outside its own tables: it meets `onFailure`, as the raw record it is. */
  | { readonly kind: "malformed" };

/** What our consumer hands out of a record, with the default for what is out of range, or the other policy. */
export function ours({ range, record }: ReadRecord, outOfRange: "drop" | "deliver" = "drop"): Ours {
  const fetch = { records: [record], millisBehindLatest: 0 };
  const limits = { maxRecords: Number.POSITIVE_INFINITY, maxBytes: Number.POSITIVE_INFINITY };
  const rules = { limits, outOfRange, filter: new HashRangeFilter(range) };
  const batches = [...buildBatches(fetch, undefined, rules)];
  if (batches.some(({ isMalformed }) => isMalformed)) return { kind: "malformed" };
  const isAggregated = deaggregate(record.data).kind === "aggregate";
  const records = batches.flatMap(({ batch }) =>
    batch.records.map(({ data, explicitHashKey, partitionKey = "", ...place }) => ({
      sequenceNumber: place.sequenceNumber,
      subSequenceNumber: place.subSequenceNumber,
      isAggregated,
      partitionKey,
      explicitHashKey,
      data: Buffer.from(data).toString("base64"),
    })),
  );
  return { kind: "handed", records };
}

function lineOf({ range, record }: ReadRecord): string {
  const { data, partitionKey = "", sequenceNumber } = record;
  const [key, content] = [Buffer.from(partitionKey), Buffer.from(data)].map((bytes) =>
    bytes.toString("base64"),
  );
  return `${range.start}\t${range.end}\t${sequenceNumber}\t${key}\t${content}`;
}

function textOf(base64: string): string {
  return Buffer.from(base64, "base64").toString("utf8");
}
