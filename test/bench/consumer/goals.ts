// The goals G12 to G14, and G16 for a poll that brings nothing.
import type { Goal } from "../suite.ts";
import type { VariantName } from "./variants.ts";

type Bounds = readonly [must: number, stretch: number];

function cheaper(id: string, of: VariantName, against: VariantName, bounds: Bounds): Goal {
  const [must, stretch] = bounds;
  const what = `CPU of an answer, ${against} as a multiple of ${of}`;
  return { id, what, direction: "higher", of, against, must, stretch };
}

/** A fraction of the peer's stall. */
function shorter(id: string, of: VariantName, against: VariantName): Goal {
  const what = `longest stall of the event loop, ${of} as a part of ${against}`;
  return { id, what, direction: "lower", of, against, must: 1 / 2, stretch: 1 / 5 };
}

export const G12: readonly Goal[] = [
  cheaper("G12.json.sdk", "the wire", "SDK", [2.7, 5]),
  cheaper("G12.json.agg", "the wire", "SDK and aws-kinesis-agg", [4, 7.5]),
  cheaper("G12.cbor.sdk", "the wire, CBOR", "SDK", [2.7, 5]),
  cheaper("G12.cbor.agg", "the wire, CBOR", "SDK and aws-kinesis-agg", [4, 7.5]),
];

export const G13: readonly Goal[] = [
  cheaper("G13.json", "the wire", "SDK", [3, 7]),
  cheaper("G13.cbor", "the wire, CBOR", "SDK", [3, 7]),
];

export const G14_AGG: readonly Goal[] = [
  shorter("G14.agg.json", "the wire", "SDK"),
  shorter("G14.agg.cbor", "the wire, CBOR", "SDK"),
];

export const G14_PLAIN: readonly Goal[] = [
  shorter("G14.1kb.json", "the wire", "SDK"),
  shorter("G14.1kb.cbor", "the wire, CBOR", "SDK"),
];

export const G16: readonly Goal[] = [
  cheaper("G16.get.h2", "the wire", "SDK", [6, 10]),
  cheaper("G16.get.h1", "the wire", "SDK, HTTP/1.1", [3, 5]),
];
