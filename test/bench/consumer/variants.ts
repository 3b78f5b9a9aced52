// The ways to read that are compared, by name.
import type { Comparison } from "../suite.ts";
import { adapterReader, consumerReader } from "./our-reader.ts";
import { expectByPeer, floorReader, sdkReader } from "./peer-reader.ts";
import type { OpenReader } from "./reader.ts";

/** One way to read. */
interface Variant {
  readonly role: Comparison["variants"][number]["role"];
  readonly open: OpenReader;
}

export const VARIANTS = {
  "the wire": { role: "ours", open: adapterReader("json") },
  "the wire, CBOR": { role: "ours", open: adapterReader("cbor") },
  "consumer, CBOR": { role: "ours", open: consumerReader },
  "by the SDK's send": { role: "ours", open: adapterReader("send") },
  SDK: { role: "peer", open: sdkReader("default") },
  "SDK, HTTP/1.1": { role: "peer", open: sdkReader("http1") },
  "SDK and aws-kinesis-agg": { role: "peer", open: sdkReader("default", expectByPeer) },
  "raw HTTP/1.1 and MD5": { role: "floor", open: floorReader },
} as const satisfies Readonly<Record<string, Variant>>;

/** What a variant is called. */
export type VariantName = keyof typeof VARIANTS;
