// What a consumer holds when its handlers hang: no more than its budget, however small the records and many the shards.
import { atMost } from "../emulator/way.ts";
import { HelperProcess } from "../producer/helper-process.ts";
import type { Comparison } from "../suite.ts";
import type { EndpointPorts } from "./endpoint-process.ts";
import type { HangingArgument, Hung } from "./hanging-process.ts";
import { LOADS } from "./load.ts";

const MIB = 1024 * 1024;
const BUDGET_MIB = 64;
/** Of GetRecords, at most; one may be on its way when the budget is used up. */
const ANSWER_MIB = 10;
const NAME = `prefetch.totalBytes ${BUDGET_MIB} MiB`;

/** Measured once, because nothing in it depends on chance. */
export async function* memoryComparison(): AsyncGenerator<Comparison> {
  const load = LOADS.small;
  const { bytes, shards } = await hang();
  yield {
    title: `handlers that hang, ${load.shards} shards, ${load.title} an answer: heap and buffers (${shards} shards handed something)`,
    unit: "MiB",
    variants: [{ name: NAME, role: "ours", sample: () => bytes / MIB }],
    goals: [
      atMost("memory.hang", "the budget and one answer", NAME, BUDGET_MIB + ANSWER_MIB, BUDGET_MIB),
    ],
    check: () => {},
  };
}

async function hang(): Promise<Hung> {
  await using endpoint = await HelperProcess.start<EndpointPorts, never>(
    "../consumer/endpoint-process.js",
    LOADS.small.id,
  );
  const argument: HangingArgument = { ports: endpoint.ready, budgetBytes: BUDGET_MIB * MIB };
  const module = "../consumer/hanging-process.js";
  return (await HelperProcess.start<Hung, never>(module, argument)).ready;
}
