import { expect, test } from "vitest";
import { ACCOUNT, newEmulator, type TestEmulator } from "./support/emulator.ts";

const name = { StreamName: "s" };
const ResourceARN = `arn:aws:kinesis:us-east-1:${ACCOUNT}:stream/s`;

interface Listed {
  readonly Tags: readonly { readonly Key: string; readonly Value: string }[];
  readonly HasMoreTags?: boolean;
}

async function tagsOf({ call }: TestEmulator): Promise<Record<string, string>> {
  const { Tags } = await call<Listed>("ListTagsForResource", { ResourceARN });
  return Object.fromEntries(Tags.map(({ Key, Value }) => [Key, Value]));
}

const many = (count: number): Record<string, string> =>
  Object.fromEntries(Array.from({ length: count }, (_, i) => [`k${i}`, `${i}`]));

test("tags are added, overwritten and removed, whichever of the operations does it", async () => {
  const emulator = newEmulator({ streams: { s: 1 } });
  const { call } = emulator;
  expect(await call("AddTagsToStream", { ...name, Tags: { a: "1", b: "" } })).toBeUndefined();
  await call("TagResource", { ResourceARN, Tags: { b: "2", "ключ x": "é_.:/=+-@" } });
  expect(await tagsOf(emulator)).toEqual({ a: "1", b: "2", "ключ x": "é_.:/=+-@" });
  expect(await call("RemoveTagsFromStream", { ...name, TagKeys: ["a", "none"] })).toBeUndefined();
  await call("UntagResource", { ResourceARN, TagKeys: ["ключ x"] });
  expect(await tagsOf(emulator)).toEqual({ b: "2" });
});

test("tags are listed by key, page by page", async () => {
  const { call } = newEmulator({ streams: { s: 1 } });
  await call("AddTagsToStream", { ...name, Tags: { c: "3", a: "1", d: "4", b: "2" } });
  expect(await call("ListTagsForStream", { ...name, Limit: 3 })).toEqual({
    Tags: [
      { Key: "a", Value: "1" },
      { Key: "b", Value: "2" },
      { Key: "c", Value: "3" },
    ],
    HasMoreTags: true,
  });
  expect(await call("ListTagsForStream", { ...name, ExclusiveStartTagKey: "c" })).toEqual({
    Tags: [{ Key: "d", Value: "4" }],
    HasMoreTags: false,
  });
  const { Tags } = await call<Listed>("ListTagsForResource", { ResourceARN });
  expect(Tags.map(({ Key }) => Key)).toEqual(["a", "b", "c", "d"]);
});

test("a stream is created with its tags", async () => {
  const emulator = newEmulator();
  const { call, clock, refusal } = emulator;
  await call("CreateStream", { ...name, ShardCount: 1, Tags: { a: "1" } });
  expect(await tagsOf(emulator)).toEqual({ a: "1" });
  expect((await refusal("AddTagsToStream", { ...name, Tags: { b: "2" } })).name).toBe(
    "ResourceInUseException",
  );
  await clock.advance(1);
  await call("AddTagsToStream", { ...name, Tags: { b: "2" } });
  expect(await tagsOf(emulator)).toEqual({ a: "1", b: "2" });
  const wrong = { StreamName: "t", ShardCount: 1, Tags: { "a%": "1" } };
  expect((await refusal("CreateStream", wrong)).name).toBe("InvalidArgumentException");
  await expect(call("DescribeStreamSummary", { StreamName: "t" })).rejects.toThrow("not found");
});

test("a resource has at most 50 tags, and a call that would add more adds none", async () => {
  const emulator = newEmulator({ streams: { s: 1 } });
  const { call, refusal } = emulator;
  await call("AddTagsToStream", { ...name, Tags: many(49) });
  await call("TagResource", { ResourceARN, Tags: { k0: "new", k49: "49" } });
  const tooMany = {
    name: "InvalidArgumentException",
    reason:
      `Failed to add tags to stream s under account ${ACCOUNT} because a given resource cannot have more ` +
      "than 50 tags associated with it.",
  };
  const Tags = { k0: "newer", x: "1" };
  expect(await refusal("AddTagsToStream", { ...name, Tags })).toEqual(tooMany);
  expect(await refusal("TagResource", { ResourceARN, Tags })).toEqual(tooMany);
  expect(await tagsOf(emulator)).toEqual({ ...many(50), k0: "new" });
});

test.each([
  ["a foreign character in a key", { "a%": "1" }, "InvalidArgumentException"],
  ["a foreign character in a value", { a: "1,2" }, "InvalidArgumentException"],
  ["a key that is the service's own", { "aws:a": "1" }, "InvalidArgumentException"],
  ["no tags", {}, "ValidationException"],
  ["a key of no length", { "": "1" }, "ValidationException"],
  ["a key of 129 characters", { ["k".repeat(129)]: "1" }, "ValidationException"],
  ["a value of 257 characters", { a: "v".repeat(257) }, "ValidationException"],
  ["more tags than a call may bring", many(201), "ValidationException"],
  ["a value that is no text", { a: 1 }, "SerializationException"],
  ["a list", [], "SerializationException"],
])("%s is refused and changes nothing", async (_, Tags, expected) => {
  const emulator = newEmulator({ streams: { s: 1 } });
  expect((await emulator.refusal("AddTagsToStream", { ...name, Tags })).name).toBe(expected);
  expect((await emulator.refusal("TagResource", { ResourceARN, Tags })).name).toBe(expected);
  expect(await tagsOf(emulator)).toEqual({});
});

test("broken tags are told in the service's words", async () => {
  const { refusal } = newEmulator({ streams: { s: 1 } });
  const lengths = (min: number, max: number): string =>
    `must satisfy constraint: [Member must have length less than or equal to ${max}, ` +
    `Member must have length greater than or equal to ${min}]`;
  const Tags = { "": "v".repeat(257), b: "2" };
  const shown = `Value '{=${"v".repeat(257)}, b=2}' at 'tags' failed to satisfy constraint`;
  expect(await refusal("AddTagsToStream", { ...name, Tags })).toEqual({
    name: "ValidationException",
    reason:
      `2 validation errors detected: ${shown}: Map keys ${lengths(1, 128)}; ` +
      `${shown}: Map value ${lengths(0, 256)}`,
  });
  expect(await refusal("RemoveTagsFromStream", { ...name, TagKeys: ["a", ""] })).toEqual({
    name: "ValidationException",
    reason:
      "1 validation error detected: Value '[a, ]' at 'tagKeys' failed to satisfy constraint: " +
      `Member ${lengths(1, 128)}`,
  });
  expect((await refusal("UntagResource", { ResourceARN, TagKeys: [] })).name).toBe(
    "ValidationException",
  );
});

test("tags of what is not there are not found", async () => {
  const { refusal } = newEmulator();
  const calls: Readonly<Record<string, object>> = {
    AddTagsToStream: { ...name, Tags: { a: "1" } },
    RemoveTagsFromStream: { ...name, TagKeys: ["a"] },
    ListTagsForStream: name,
    TagResource: { ResourceARN, Tags: { a: "1" } },
    UntagResource: { ResourceARN, TagKeys: ["a"] },
    ListTagsForResource: { ResourceARN },
  };
  for (const [operation, input] of Object.entries(calls)) {
    expect((await refusal(operation, input)).name, operation).toBe("ResourceNotFoundException");
  }
  expect((await refusal("ListTagsForResource", { ResourceARN: "arn:aws:s3:::b" })).name).toBe(
    "ValidationException",
  );
});

test("a consumer is registered with tags and keeps tags of its own", async () => {
  const { call, clock, refusal } = newEmulator({ streams: { s: 1 } });
  const wrong = { StreamARN: ResourceARN, ConsumerName: "d", Tags: { "aws:a": "1" } };
  expect((await refusal("RegisterStreamConsumer", wrong)).name).toBe("InvalidArgumentException");
  const { Consumer } = await call<{ Consumer: { ConsumerARN: string } }>("RegisterStreamConsumer", {
    StreamARN: ResourceARN,
    ConsumerName: "c",
    Tags: { a: "1", b: "2" },
  });
  const consumer = { ResourceARN: Consumer.ConsumerARN };
  const tags = (): Promise<Listed> => call<Listed>("ListTagsForResource", consumer);
  expect(await tags()).toEqual({
    Tags: [
      { Key: "a", Value: "1" },
      { Key: "b", Value: "2" },
    ],
  });
  const Tags = { b: "3" };
  expect((await refusal("TagResource", { ...consumer, Tags })).name).toBe("ResourceInUseException");
  await clock.advance(1);
  await call("TagResource", { ...consumer, Tags });
  await call("UntagResource", { ...consumer, TagKeys: ["a"] });
  expect(await tags()).toEqual({ Tags: [{ Key: "b", Value: "3" }] });
  expect(await call("ListTagsForResource", { ResourceARN })).toEqual({ Tags: [] });
  const gone = { ResourceARN: `${ResourceARN}/consumer/c:1` };
  expect((await refusal("ListTagsForResource", gone)).name).toBe("ResourceNotFoundException");
});

test("__proto__ is a key like any other", async () => {
  const { call } = newEmulator({ streams: { s: 1 } });
  await call("AddTagsToStream", { ...name, Tags: JSON.parse('{"__proto__":"1"}') });
  const { Tags } = await call<Listed>("ListTagsForResource", { ResourceARN });
  expect(Tags).toEqual([{ Key: "__proto__", Value: "1" }]);
});
