// Inputs near what is expected and far from it, for every operation at once: members that an operation does not know
// are dropped, so one table of valid members serves all, and new operations are tried as soon as their members stand
// in it. What only an emulator can hand out, tokens and the like, stands in it by name: `$iterator`.
import fc, { type Arbitrary } from "fast-check";

type Members = Readonly<Record<string, Arbitrary<unknown>>>;

const ARN = "arn:aws:kinesis:us-east-1:000000000000:stream/s";
/** On demand, and where records go is its own matter. */
const ON_DEMAND_ARN = "arn:aws:kinesis:us-east-1:000000000000:stream/t";
const SHARD = "shardId-000000000000";

/** Values of every type and of none, sizes of none and of too much, texts that no parser likes. */
const odd: Arbitrary<unknown> = fc.oneof(
  fc.constantFrom<unknown>(
    null,
    true,
    0,
    -1,
    0.5,
    1e21,
    1e308,
    -1e308,
    2 ** 53,
    "",
    "0",
    "-1",
    "NaN",
    "\ud800",
    "a\udc00\ud800b",
    "\u0000",
    "\ufeff",
    "|",
    "__proto__",
    "constructor",
    "9".repeat(130),
    "k".repeat(100_000),
    "𝄞".repeat(200),
    "aGk",
    "====",
    [],
    {},
    [[[[]]]],
    [null],
    JSON.parse('{"__proto__":{"StreamName":"s"},"toString":1,"hasOwnProperty":null}'),
    Buffer.of(0, 128, 255),
  ),
  fc.jsonValue({ maxDepth: 3 }),
  fc.double({ noNaN: true, noDefaultInfinity: true }),
);

/** Mostly the valid value, seldom an odd one, sometimes none at all. */
function mutated(valid: Arbitrary<unknown>, weight: number): Arbitrary<unknown> {
  return fc.oneof(
    { weight, arbitrary: valid },
    { weight: 1, arbitrary: odd },
    { weight: 2, arbitrary: fc.constant(undefined) },
  );
}

function structure(members: Members): Arbitrary<object> {
  const entries = Object.entries(members);
  const all = (weight: number): Arbitrary<object> =>
    fc.record(Object.fromEntries(entries.map(([name, valid]) => [name, mutated(valid, weight)])));
  return fc.oneof(all(2), all(40));
}

const listOf = (element: Arbitrary<unknown>): Arbitrary<unknown[]> =>
  fc.array(mutated(element, 20), { maxLength: 4 });

const time = fc.constantFrom<unknown>(0, 1_000, 1e9, 1e9 + 1, 1e12, 1e15, -1);
const count = fc.constantFrom<unknown>(1, 2, 3, 24, 48, 1024, 10_000, 10_001);
const sequenceNumber = fc.constantFrom<unknown>(
  "$sequence",
  "0",
  "49590338271490256608559692538361571095921575989136588898",
  "9".repeat(56),
);
const tags = fc.dictionary(fc.string({ maxLength: 4 }), fc.string({ maxLength: 4 }), {
  maxKeys: 3,
});

const ENTRY: Members = {
  Data: fc.constantFrom<unknown>("aGk=", "", Buffer.from("hi")),
  PartitionKey: fc.constantFrom<unknown>("a", "é", "☃".repeat(256)),
  ExplicitHashKey: fc.constantFrom<unknown>("0", "340282366920938463463374607431768211455"),
};

const START: Members = {
  Type: fc.constantFrom<unknown>(
    "AFTER_SEQUENCE_NUMBER",
    "AFTER_SHARD_ID",
    "AT_LATEST",
    "AT_SEQUENCE_NUMBER",
    "AT_TIMESTAMP",
    "AT_TRIM_HORIZON",
    "FROM_TIMESTAMP",
    "LATEST",
    "TRIM_HORIZON",
  ),
  SequenceNumber: sequenceNumber,
  ShardId: fc.constant(SHARD),
  Timestamp: time,
};

/** Valid members of all operations, some of them left out, some of them odd. */
export const inputs: Arbitrary<object> = structure({
  ...ENTRY,
  AdjacentShardToMerge: fc.constant("shardId-000000000001"),
  ChannelARN: fc.constant("arn:aws:kinesis:us-east-1:000000000000:channel/c"),
  ConsumerARN: fc.constantFrom<unknown>("$consumer", "$consumer", `${ARN}/consumer/c:1`),
  ConsumerName: fc.constantFrom<unknown>("c", "d"),
  DryRun: fc.boolean(),
  EncryptionType: fc.constantFrom<unknown>("KMS", "NONE"),
  EnforceConsumerDeletion: fc.boolean(),
  ExclusiveStartShardId: fc.constant(SHARD),
  ExclusiveStartStreamName: fc.constant("r"),
  ExclusiveStartTagKey: fc.constant("a"),
  KeyId: fc.constant("alias/aws/kinesis"),
  Limit: count,
  MaxRecordSizeInKiB: count,
  MaxResults: count,
  MinimumThroughputBillingCommitment: structure({
    Status: fc.constantFrom<unknown>("ENABLED", "ENABLED", "DISABLED"),
  }),
  NewStartingHashKey: fc.constant("7"),
  NextToken: fc.constantFrom<unknown>(...Array(9), "$token", "eA=="),
  Policy: fc.constantFrom<unknown>("{}", "{", "null", '{"__proto__":1}'),
  RecordDistributionStrategy: fc.constantFrom<unknown>("AUTO", "USER_PARTITION_KEY"),
  Records: listOf(structure(ENTRY)),
  ResourceARN: fc.constantFrom<unknown>(ARN, ON_DEMAND_ARN, "$consumer"),
  RetentionPeriodHours: count,
  ScalingType: fc.constant("UNIFORM_SCALING"),
  SequenceNumberForOrdering: sequenceNumber,
  ShardCount: count,
  ShardFilter: structure(START),
  ShardId: fc.constantFrom<unknown>(SHARD, "shardId-000000000007"),
  ShardIterator: fc.constantFrom<unknown>("$iterator", "$iterator", "eA=="),
  ShardIteratorType: START["Type"] as Arbitrary<unknown>,
  ShardLevelMetrics: listOf(fc.constantFrom<unknown>("ALL", "IncomingBytes")),
  ShardToMerge: fc.constant(SHARD),
  ShardToSplit: fc.constant(SHARD),
  StartingPosition: structure(START),
  StartingSequenceNumber: sequenceNumber,
  StreamARN: fc.constantFrom<unknown>(ARN, ON_DEMAND_ARN),
  StreamCreationTimestamp: time,
  StreamFilter: listOf(structure({ StreamARN: fc.constant(ARN), StreamCreationTimestamp: time })),
  StreamId: fc.constant(`${"a".repeat(20)}-abc`),
  StreamModeDetails: structure({
    StreamMode: fc.constantFrom<unknown>("PROVISIONED", "ON_DEMAND"),
  }),
  StreamName: fc.constantFrom<unknown>("s", "t", "u"),
  TagKeys: listOf(fc.string({ maxLength: 4 })),
  Tags: tags,
  TargetShardCount: count,
  Timestamp: time,
  WarmThroughputMiBps: count,
});
