// The suite "outstanding": what a million outstanding records take of the machine's memory, while the endpoint does not
// answer.
import { haveJavaPeers } from "../java-peers.ts";
import { havePeers } from "../peers-folder.ts";
import type { Comparison } from "../suite.ts";
import { Endpoint } from "./endpoint.ts";
import { HelperProcess } from "./helper-process.ts";
import { startKpl } from "./kpl.ts";
import type { Outstanding, OutstandingArgument } from "./outstanding-messages.ts";
import { OUTSTANDING_WAYS, type OutstandingWayName } from "./outstanding-ways.ts";
import { TRAFFICS } from "./traffic.ts";

const RECORDS = 1_000_000;
const MIB = 1024 * 1024;
/** Each sample starts a process, and fills it. */
const MAX_ROUNDS = 5;

/** One comparison; an endpoint and a process for each sample. */
export async function* outstanding(): AsyncGenerator<Comparison> {
  yield {
    title: `${RECORDS.toLocaleString("en")} records of 100 B outstanding: memory beyond that of the idle process`,
    unit: "MiB resident",
    also: ["put().then()"],
    variants: [...inNode(), ...inJava()],
    goals: [],
    maxRounds: MAX_ROUNDS,
    check: () => {},
  };
}

function inNode(): Comparison["variants"] {
  const ways = (Object.keys(OUTSTANDING_WAYS) as OutstandingWayName[]).filter(
    (way) => way !== "lifion-kinesis" || havePeers(),
  );
  return ways.map((way) => ({
    name: way,
    role: OUTSTANDING_WAYS[way].role,
    sample: () => heldMiB((endpoint) => fillInNode(way, endpoint)),
  }));
}

function inJava(): Comparison["variants"] {
  if (!haveJavaPeers()) return [];
  return [{ name: "KPL", role: "peer", sample: () => heldMiB(fillInJava) }];
}

async function heldMiB(fill: (endpoint: Endpoint) => Promise<number>): Promise<number> {
  await using endpoint = await Endpoint.start({ puts: "unanswered" });
  return (await fill(endpoint)) / MIB;
}

async function fillInNode(way: OutstandingWayName, endpoint: Endpoint): Promise<number> {
  const argument: OutstandingArgument = { way, endpoint: endpoint.url("tls"), records: RECORDS };
  await using child = await HelperProcess.start<Outstanding, never>(
    "outstanding-process.js",
    argument,
    endpoint.env,
  );
  return child.ready.rssBytes;
}

/** Of the virtual machine and of the daemon. */
async function fillInJava(endpoint: Endpoint): Promise<number> {
  await using kpl = await startKpl("Memory", endpoint, TRAFFICS.keys20, {
    maxBufferedMs: 100,
    threads: "PER_REQUEST",
    outstanding: RECORDS,
  });
  const [bytes = 0, daemonBytes = 0] = (await kpl.ask(RECORDS)).map(Number);
  return bytes + daemonBytes;
}
