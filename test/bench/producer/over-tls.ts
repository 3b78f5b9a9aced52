// The suite "tls": the producer beside the KPL, which speaks nothing else, and beside everybody else over TLS.
import { haveJavaPeers } from "../java-peers.ts";
import { havePeers } from "../peers-folder.ts";
import type { Comparison } from "../suite.ts";
import { contest } from "./contest.ts";
import { TRAFFICS } from "./traffic.ts";
import type { VariantName } from "./variants.ts";

/** Small records and larger ones, each by the processor and by the clock. */
export async function* overTls(): AsyncGenerator<Comparison> {
  for (const traffic of [TRAFFICS.keys20, TRAFFICS["1kb"]]) {
    const names = [...EVERYWHERE, ...IN_NODE, ...IN_JAVA];
    yield* contest({ traffic, transport: "tls", names, goals: [] });
  }
}

const EVERYWHERE: readonly VariantName[] = [
  "write()",
  "write(), unordered",
  "put(), 40k",
  "put(), 40k, unordered",
  "MD5 and a copy",
  "ready bytes, HTTP/1.1",
  "SDK",
  "SDK, tuned",
  "aws-kinesis-agg and SDK",
  "aws-kinesis-agg and SDK, tuned",
];
const IN_NODE: readonly VariantName[] = havePeers() ? ["lifion-kinesis"] : [];
const IN_JAVA: readonly VariantName[] = haveJavaPeers() ? ["KPL", "KPL, pooled threads"] : [];
