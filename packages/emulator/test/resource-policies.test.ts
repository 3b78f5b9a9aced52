import { AWS_LIMITS } from "@shardline/emulator";
import { expect, test } from "vitest";
import { ACCOUNT, newEmulator } from "./support/emulator.ts";
import { registerConsumer } from "./support/fan-out.ts";

const StreamARN = `arn:aws:kinesis:us-east-1:${ACCOUNT}:stream/s`;
const POLICY = '{ "Version": "2012-10-17",\n "Statement": [] }';

test("a stream and its consumer have a policy each, told as it was put", async () => {
  const emulator = newEmulator({ streams: { s: 1 } });
  const { call, refusal } = emulator;
  for (const ResourceARN of [StreamARN, await registerConsumer(emulator)]) {
    const missing = {
      name: "ResourceNotFoundException",
      reason: `No resource policy found for resource ARN ${ResourceARN}.`,
    };
    expect(await refusal("GetResourcePolicy", { ResourceARN })).toEqual(missing);
    expect(await refusal("DeleteResourcePolicy", { ResourceARN })).toEqual(missing);
    expect(await call("PutResourcePolicy", { ResourceARN, Policy: "{}" })).toBeUndefined();
    await call("PutResourcePolicy", { ResourceARN, Policy: POLICY });
    expect(await call("GetResourcePolicy", { ResourceARN })).toEqual({ Policy: POLICY });
  }
  expect(await call("DeleteResourcePolicy", { ResourceARN: StreamARN })).toBeUndefined();
  const gone = await refusal("GetResourcePolicy", { ResourceARN: StreamARN });
  expect(gone.name).toBe("ResourceNotFoundException");
});

test.each(["", "{", "[]", "null", "1", '"policy"', "{} {}"])(
  "%j is no policy, and the one that was there stays",
  async (Policy) => {
    const { call, refusal } = newEmulator({ streams: { s: 1 } });
    await call("PutResourcePolicy", { ResourceARN: StreamARN, Policy: POLICY });
    const refused = await refusal("PutResourcePolicy", { ResourceARN: StreamARN, Policy });
    expect(refused.name).toBe("InvalidArgumentException");
    expect(await call("GetResourcePolicy", { ResourceARN: StreamARN })).toEqual({ Policy: POLICY });
  },
);

test("policies go with their stream, and are refused where it is not ACTIVE or not there", async () => {
  const { call, clock, refusal } = newEmulator({ streams: { s: 1 } });
  const ResourceARN = StreamARN;
  await call("PutResourcePolicy", { ResourceARN, Policy: POLICY });
  await call("UpdateMaxRecordSize", { StreamARN, MaxRecordSizeInKiB: 2048 });
  for (const operation of ["PutResourcePolicy", "DeleteResourcePolicy"]) {
    const refused = await refusal(operation, { ResourceARN, Policy: POLICY });
    expect(refused.name).toBe("ResourceInUseException");
  }
  expect(await call("GetResourcePolicy", { ResourceARN })).toEqual({ Policy: POLICY });
  await clock.advance(1);
  await call("DeleteStream", { StreamARN });
  await clock.advance(1);
  for (const operation of ["PutResourcePolicy", "GetResourcePolicy", "DeleteResourcePolicy"]) {
    const refused = await refusal(operation, { ResourceARN, Policy: POLICY });
    expect(refused).toEqual({
      name: "ResourceNotFoundException",
      reason: `Stream s under account ${ACCOUNT} not found.`,
    });
    const wrong = await refusal(operation, { ResourceARN: "arn:aws:s3:::b", Policy: POLICY });
    expect(wrong.name).toBe("ValidationException");
  }
  await call("CreateStream", { StreamName: "s", ShardCount: 1 });
  await clock.advance(1);
  const anew = await refusal("GetResourcePolicy", { ResourceARN });
  expect(anew.name).toBe("ResourceNotFoundException");
});

test("DeleteResourcePolicy is taken 5 times per second", async () => {
  const { PutResourcePolicy: _, ...callsPerSecond } = AWS_LIMITS.callsPerSecond;
  const limits = { callsPerSecond };
  const { call, refusal, clock } = newEmulator({ streams: { s: 1 }, limits });
  const policy = { ResourceARN: StreamARN, Policy: "{}" };
  for (let i = 0; i < 5; i += 1) {
    await call("PutResourcePolicy", policy);
    await call("DeleteResourcePolicy", policy);
  }
  await call("PutResourcePolicy", policy);
  expect(await refusal("DeleteResourcePolicy", policy)).toEqual({
    name: "LimitExceededException",
    reason: `Rate exceeded for stream s under account ${ACCOUNT}.`,
  });
  await clock.advance(200);
  await call("DeleteResourcePolicy", policy);
});
