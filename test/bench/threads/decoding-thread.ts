// The other thread: fetches and decodes an answer whenever it is asked to, and hands it over.
import { parentPort, workerData } from "node:worker_threads";
import { LOADS } from "../consumer/load.ts";
import type { HandlerArgument } from "./handler-process.ts";
import { pack, transferOf } from "./packed-answer.ts";
import { ShardFetcher } from "./shard-fetcher.ts";

const { load, ports } = workerData as HandlerArgument;
const fetcher = await ShardFetcher.open(ports, LOADS[load]);
parentPort?.on("message", () => void handOver());
parentPort?.postMessage("ready");

async function handOver(): Promise<void> {
  const answer = pack(fetcher.decode(await fetcher.next()));
  parentPort?.postMessage(answer, transferOf(answer));
}
