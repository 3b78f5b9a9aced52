// shardline decode as a user meets it, on what the producer really sends.
import { startEmulator } from "@shardline/emulator";
import { expect, test } from "vitest";
import { shardline } from "../support/shardline.ts";

test("decode takes apart what put has aggregated, from base64 and as it is", async () => {
  await using emulator = await startEmulator({ streams: { orders: 1 } });
  const put = ["put", "orders", "--key", "k", "--endpoint", emulator.endpoint];
  await shardline(put, "one\ntwo\n");
  const [stored] = emulator.inspect("orders")?.shards.flatMap(({ records }) => records) ?? [];
  const data = Buffer.from(stored?.data as Uint8Array);
  for (const input of [data, `${data.toString("base64")}\n`, data.toString("hex")]) {
    const { code, stdout } = await shardline(["decode", "--json"], input);
    const hashKey = "187279361568289349169310600456257773043";
    expect(JSON.parse(stdout)).toMatchObject({
      kind: "aggregate",
      md5: data.subarray(-16).toString("hex"),
      records: [
        { subSequenceNumber: 0, partitionKey: "k", hashKey, data: "one" },
        { subSequenceNumber: 1, partitionKey: "k", hashKey, data: "two" },
      ],
    });
    expect(code).toBe(0);
  }
  const { code, stdout } = await shardline(
    ["decode"],
    `${data.toString("base64")}\n${Buffer.from("plain").toString("base64")}\n`,
  );
  expect(stdout.split("\n")).toEqual([
    expect.stringMatching(/^1: an aggregate of 2 records in \d+ bytes, MD5 [0-9a-f]{32}$/),
    expect.stringContaining('0  partitionKey "k"'),
    expect.stringContaining('1  partitionKey "k"'),
    "2: no aggregate, 5 bytes read as base64: it begins with 706c6169 and not with f3899ac2",
    "",
  ]);
  expect(code).toBe(1);
});

test.each([
  [["decode"], "", "nothing came on standard input"],
  [["decode", "--input", "hex"], "00 0g", "word 2 of the input is not hex"],
])("%j of %j says in one line what is wrong", async (args, input, problem) => {
  const { code, stderr, stdout } = await shardline(args, input);
  expect({ code, stderr, stdout }).toEqual({
    code: 1,
    stderr: `shardline: ${problem}\n`,
    stdout: "",
  });
});
