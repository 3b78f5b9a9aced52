// shardline tail --fan-out as a user meets it: what is pushed, what it registers, and what it says when that fails.
import { startEmulator } from "@shardline/emulator";
import { expect, test } from "vitest";
import { shardline, startShardline } from "../support/shardline.ts";

const stream = { name: "orders" };
const { signal } = new AbortController();
const refused = { kind: "error", type: "AccessDeniedException" } as const;

function entriesOf(...texts: readonly string[]) {
  const entries = texts.map((text) => ({ partitionKey: "k", data: Buffer.from(text) }));
  return { stream, entries };
}

test("tail --fan-out shows what is pushed, says once that it registered a stream consumer, and leaves it", async () => {
  await using emulator = await startEmulator({ streams: { orders: 1 } });
  // So that nothing comes by polling.
  emulator.faults.add({ effect: refused, match: { operations: "GetRecords" } });
  await emulator.kinesis.putRecords(entriesOf("one", "two"), signal);
  const from = ["--from", "trim-horizon", "--limit", "2", "--endpoint", emulator.endpoint];
  const args = ["tail", "orders", "--raw", "--fan-out", "watcher", ...from];
  const first = await shardline(args);
  expect([first.code, first.stdout]).toEqual([0, "one\ntwo\n"]);
  const said = /registered the stream consumer watcher, (\S+); it stays, and is billed until .*/;
  const [told = "", arn = ""] = said.exec(first.stderr) ?? [];
  expect(arn).toMatch(/:stream\/orders\/consumer\/watcher:\d+$/);
  expect(told).toContain(`aws kinesis deregister-stream-consumer --consumer-arn ${arn}`);
  const second = await shardline(args);
  expect([second.code, second.stdout]).toEqual([0, "one\ntwo\n"]);
  expect(second.stderr).not.toContain("registered");
}, 30_000);

test("tail --fan-out polls and says so once while it may not register", async () => {
  await using emulator = await startEmulator({ streams: { orders: 1 } });
  emulator.faults.add({ effect: refused, match: { operations: "RegisterStreamConsumer" } });
  await emulator.kinesis.putRecords(entriesOf("one"), signal);
  const from = ["--from", "trim-horizon", "--endpoint", emulator.endpoint];
  const tail = startShardline(["tail", "orders", "--raw", "--fan-out", "watcher", ...from]);
  await tail.said("trying again\n");
  expect(await tail.firstLine).toBe("one");
  // Beyond the next try, and some reads.
  await new Promise((resolve) => setTimeout(resolve, 2500));
  tail.stop("SIGINT");
  const { code, stderr } = await tail.finished;
  expect(stderr).toMatch(
    /^shardline: the stream consumer cannot be had, shards are polled: .*; trying again\n$/,
  );
  expect(code).toBe(0);
}, 30_000);

test("tail --fan-out polls and says so while it may not subscribe", async () => {
  await using emulator = await startEmulator({ streams: { orders: 1 } });
  emulator.faults.add({ effect: refused, match: { operations: "SubscribeToShard" } });
  await emulator.kinesis.putRecords(entriesOf("one"), signal);
  const from = ["--from", "trim-horizon", "--endpoint", emulator.endpoint];
  const tail = startShardline(["tail", "orders", "--raw", "--fan-out", "watcher", ...from]);
  await tail.said("trying again\n");
  expect(await tail.firstLine).toBe("one");
  tail.stop("SIGINT");
  const { code, stderr } = await tail.finished;
  expect(stderr).toMatch(
    /shardline: subscribing to shardId-0{12} fails, it is polled: .*; trying again\n$/,
  );
  expect(code).toBe(0);
}, 30_000);
