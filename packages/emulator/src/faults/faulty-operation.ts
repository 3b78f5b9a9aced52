// One operation under faults: what it is asked and what it answers. The answer is still an output of the model
// here; its bytes are spoilt elsewhere.
import { type Clock, GET_RECORDS_LIMITS } from "@shardline/core";
import type { FaultPlan } from "./fault-plan.ts";
import type { GetRecordsInput, GetRecordsOutput } from "../operations/get-records.ts";
import type { Call, Operation } from "../operation.ts";
import { readInput } from "../input/shape.ts";
import { SpoiltEvents } from "./spoilt-events.ts";
import type {
  SubscribeToShardInput,
  SubscribeToShardOutput,
} from "../operations/subscribe-to-shard.ts";
import { renewIterator } from "../tokens/iterators.ts";

/** What a call under faults meets, and what its subscription needs. */
interface Surroundings {
  readonly plan: FaultPlan;
  readonly clock: Clock;
  /** Aborts when the emulator closes. */
  readonly released: AbortSignal;
}

/**
 * Serves a call under faults.
 * @throws ServiceException
 */
export function runFaulty<Input, Output>(
  operation: Operation<Input, Output>,
  given: unknown,
  clean: Call,
  around: Surroundings,
): Output {
  const { plan } = around;
  const call: Call = { ...clean, faults: plan.call };
  const input = readInput(operation.input, given);
  switch (operation.name) {
    case "GetRecords":
      return spoilList(operation.name, readLess(operation, input, call, plan), plan);
    case "SubscribeToShard":
      return spoilSubscription(input, operation.run(input, call), call, around);
    default:
      return spoilList(operation.name, operation.run(input, call), plan);
  }
}

function readLess<Input, Output>(
  operation: Operation<Input, Output>,
  input: Input,
  call: Call,
  plan: FaultPlan,
): Output {
  const getRecords = operation as unknown as Operation<GetRecordsInput, GetRecordsOutput>;
  const page = sparsePage(getRecords, input as unknown as GetRecordsInput, call, plan.maxRecords);
  const MillisBehindLatest = plan.iteratorAgeMs ?? page.MillisBehindLatest;
  return { ...page, MillisBehindLatest } as unknown as Output;
}

/** An empty page looks at one record, so as to be empty only where there is one. */
function sparsePage(
  getRecords: Operation<GetRecordsInput, GetRecordsOutput>,
  input: GetRecordsInput,
  call: Call,
  maxRecords: number,
): GetRecordsOutput {
  const Limit = Math.min(input.Limit ?? GET_RECORDS_LIMITS.maxRecords, Math.max(1, maxRecords));
  const page = getRecords.run({ ...input, Limit }, call);
  const [next] = page.Records;
  if (maxRecords > 0 || next === undefined) return page;
  const arrivedAtMs = Math.round(next.ApproximateArrivalTimestamp * 1000);
  return {
    Records: [],
    MillisBehindLatest: Math.max(1, call.wallMs - arrivedAtMs),
    NextShardIterator: renewIterator(input.ShardIterator, call.tokenMs),
  };
}

function spoilSubscription<Input, Output>(
  input: Input,
  output: Output,
  { signal }: Call,
  { plan, clock, released }: Surroundings,
): Output {
  if (plan.events.length === 0) return output;
  const { ConsumerARN, ShardId } = input as unknown as SubscribeToShardInput;
  const { EventStream } = output as unknown as SubscribeToShardOutput;
  const [, account, name, consumer] =
    /:(\d{12}):stream\/([^/]+)\/consumer\/([^:]+):/.exec(ConsumerARN) ?? [];
  const signals = signal === undefined ? [released] : [released, signal];
  const subscriber = `${account}:${name}:${ShardId}:${consumer}`;
  return {
    EventStream: new SpoiltEvents(EventStream, plan.events, { clock, signals, subscriber }),
  } as unknown as Output;
}

type Lists = Readonly<Record<string, unknown>>;

const LIST_OF: Readonly<Record<string, string>> = {
  GetRecords: "Records",
  ListShards: "Shards",
  PutRecords: "Records",
};

function spoilList<Output>(operation: string, output: Output, { ending, draw }: FaultPlan): Output {
  const member = LIST_OF[operation];
  if (ending?.kind !== "corrupt" || member === undefined) return output;
  const list = (output as Lists)[member] as readonly unknown[];
  switch (ending.how) {
    case "wrongCount":
      return { ...output, [member]: list.slice(0, -1) };
    case "shuffled":
      return { ...output, [member]: shuffledBy(list, draw) };
    case "truncated":
    case "empty":
      return output;
  }
}

function shuffledBy(list: readonly unknown[], draw: () => number): readonly unknown[] {
  return list
    .map((item) => ({ item, place: draw() }))
    .sort((a, b) => a.place - b.place)
    .map(({ item }) => item);
}
