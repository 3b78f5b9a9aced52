// The ways to put that are compared, by name.
import type { Comparison } from "../suite.ts";
import { copyAndDigestLoad, preparedLoad } from "./floor-load.ts";
import type { KplWay } from "./kpl.ts";
import { lifionLoad } from "./lifion-load.ts";
import type { Load } from "./load.ts";
import { awaitedPutLoad, type OurWay, putLoad, putManyLoad, writeLoad } from "./put-load.ts";
import { aggregatingLoad, sdkLoad, tunedAggregatingLoad, tunedSdkLoad } from "./sdk-load.ts";
import type { Traffic } from "./traffic.ts";

/** One way to put: in a process of ours, or the KPL's. */
export type Variant = NodeVariant | KplVariant;

interface NodeVariant {
  readonly role: Comparison["variants"][number]["role"];
  readonly open: (endpoint: string, traffic: Traffic) => Load | Promise<Load>;
}

interface KplVariant {
  readonly role: "peer";
  readonly kpl: KplWay;
}

type Ordering = OurWay["ordering"];
const MANY = 40_000;
const FEW = 15_000;

const ours = (
  load: (endpoint: string, traffic: Traffic, way: OurWay) => Load,
  outstanding: number,
  ordering: Ordering,
): NodeVariant => ({
  role: "ours",
  open: (endpoint, traffic) => load(endpoint, traffic, { outstanding, ordering }),
});
const floor = (open: NodeVariant["open"]): NodeVariant => ({ role: "floor", open });
const peer = (open: NodeVariant["open"]): NodeVariant => ({ role: "peer", open });
const kpl = (threads: KplWay["threads"]): KplVariant => ({
  role: "peer",
  kpl: { threads, maxBufferedMs: 100, outstanding: MANY },
});

export const VARIANTS = {
  "write()": ours(writeLoad, MANY, "partition-key"),
  "write(), unordered": ours(writeLoad, MANY, "none"),
  "putMany()": ours(putManyLoad, MANY, "partition-key"),
  "putMany(), unordered": ours(putManyLoad, MANY, "none"),
  "put(), 40k": ours(putLoad, MANY, "partition-key"),
  "put(), 40k, unordered": ours(putLoad, MANY, "none"),
  "put(), 15k": ours(putLoad, FEW, "partition-key"),
  "put(), 15k, unordered": ours(putLoad, FEW, "none"),
  "ready() and await put(), 40k": ours(awaitedPutLoad, MANY, "partition-key"),
  "MD5 and a copy": floor(copyAndDigestLoad),
  "ready bytes, HTTP/1.1": floor(preparedLoad),
  SDK: peer(sdkLoad),
  "SDK, tuned": peer(tunedSdkLoad),
  "lifion-kinesis": peer(lifionLoad),
  "aws-kinesis-agg and SDK": peer(aggregatingLoad),
  "aws-kinesis-agg and SDK, tuned": peer(tunedAggregatingLoad),
  KPL: kpl("PER_REQUEST"),
  "KPL, pooled threads": kpl("POOLED"),
} as const satisfies Readonly<Record<string, Variant>>;

/** What a variant is called. */
export type VariantName = keyof typeof VARIANTS;
