// De-aggregation against what a real KCL was seen to do with hundreds of messages, most of them odd or wrong.
// A consumer of ours and one of theirs must agree on every subsequence number.
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { type AggregatedRecord, deaggregate } from "@shardline/aggregation";
import { expect, it } from "vitest";

const lines = readFileSync(new URL("kcl-verdicts.tsv", import.meta.url), "utf8")
  .trim()
  .split("\n");
const recorded = lines
  .filter((line) => !line.startsWith("#"))
  .map((line) => line.split("\t") as [name: string, hex: string, verdict: string]);
const named = recorded.filter(([name]) => !name.startsWith("random"));
const random = recorded.filter(([name]) => name.startsWith("random"));

function aggregateOf(hex: string): Uint8Array {
  const message = Buffer.from(hex, "hex");
  const digest = createHash("md5").update(message).digest();
  return Buffer.concat([Buffer.from("f3899ac2", "hex"), message, digest]);
}

/** Our verdict in the notation of the file. */
function verdictOn(hex: string): unknown {
  const result = deaggregate(aggregateOf(hex));
  return result.kind === "aggregate" ? result.records.map(notation) : result.kind;
}

function notation({ data, ...rest }: AggregatedRecord): object {
  return { ...rest, data: Buffer.from(data).toString("hex") };
}

const parse = (verdict: string): unknown =>
  verdict.startsWith("[") ? JSON.parse(verdict) : verdict;

it.each(named)("the KCL's verdict is ours: %s", (_, hex, verdict) => {
  expect(verdictOn(hex)).toEqual(parse(verdict));
});

it("the KCL's verdict on random messages is ours", () => {
  expect(random.length).toBeGreaterThanOrEqual(400);
  for (const [name, hex, verdict] of random) {
    expect(verdictOn(hex), `${name}: ${hex}`).toEqual(parse(verdict));
  }
});
