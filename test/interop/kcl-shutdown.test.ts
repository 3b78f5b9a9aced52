// How the KCL 2.x stops: why our tests give it a time, and what to expect of a Java fleet that is deployed anew.
import { expect, test } from "vitest";
import { eventually } from "./eventually.ts";
import { makeFirstLease } from "./first-leases.ts";
import { KclWorkers } from "./kcl-workers.ts";
import { STREAM, Stage } from "./stage.ts";

/** A worker without a shard that has ended takes a second or two, and longer on a busy machine. */
const SHUTDOWN_MS = Number(process.env["SHARDLINE_KCL_SHUTDOWN_MS"] ?? 10_000);
/** Of leases; the KCL looks for new ones every second time. */
const FAILOVER_MS = 2000;
const APPLICATIONS = ["steady", "resharded"];

test("the KCL's graceful shutdown ends for a worker of open shards, and does not for one whose shard has ended", async () => {
  const stage = await Stage.start(1);
  const { endpoint } = stage.emulator.clientConfig("kinesis");
  const [steady, resharded] = (await Promise.all(
    APPLICATIONS.map(async (application) => {
      await makeFirstLease(stage.emulator, application);
      return new KclWorkers({
        application,
        stream: STREAM,
        kinesis: endpoint,
        dynamodb: endpoint,
        workers: ["java-1"],
        failoverMs: FAILOVER_MS,
        shutdownMs: SHUTDOWN_MS,
        onDelivery: () => undefined,
      });
    }),
  )) as [KclWorkers, KclWorkers];
  const started = (kcl: KclWorkers): number => countOf(kcl, "start");
  const patience = { withinMs: 60_000, telling: () => `${steady.log} ${resharded.log}` };

  await eventually(() => started(steady) === 1 && started(resharded) === 1, patience);
  await steady.stop();
  expect(outcomesOf(steady)).toEqual(["true"]);

  await stage.split();
  await eventually(() => countOf(resharded, "ended") === 1 && started(resharded) === 3, patience);
  await resharded.stop();
  expect(outcomesOf(resharded)).toEqual(["timed-out"]);
});

function countOf({ incidents }: KclWorkers, kind: string): number {
  return incidents.filter((incident) => incident.kind === kind).length;
}

/** What the future of each worker's shutdown came to. */
function outcomesOf({ incidents }: KclWorkers): readonly string[] {
  return incidents.filter(({ kind }) => kind === "stopped").map(({ worker }) => worker);
}
