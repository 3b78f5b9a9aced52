// ListStreamConsumers.
// Faithful: pages of at most 100, tokens that live for five minutes, the refusal of a token together with a
// creation time. Deviates: consumers come in the order of their names.
import { requireCreatedAt, streamOf } from "../input/addressing.ts";
import { structure } from "../input/compound-shapes.ts";
import { PAGE_LIMIT, TEXTS } from "../input/members.ts";
import { timestamp } from "../input/scalar-shapes.ts";
import { required } from "../input/shape.ts";
import { type ConsumerOutput, describeConsumer } from "../fan-out/consumer-description.ts";
import { requireRate } from "../limits/throttling.ts";
import type { Call, Operation } from "../operation.ts";
import { invalidArgument } from "../service-exception.ts";
import type { Stream } from "../stream/stream.ts";
import { issuePageToken, readPageToken } from "../tokens/page-token.ts";
import { INCARNATION_FIELDS, incarnationOf, streamOfToken } from "../tokens/stream-incarnation.ts";

/** Members of the call. */
export interface ListStreamConsumersInput {
  readonly StreamARN: string;
  readonly NextToken?: string;
  readonly MaxResults?: number;
  /** Epoch seconds. */
  readonly StreamCreationTimestamp?: number;
  readonly StreamId?: string;
}

/** Members of the answer. */
export interface ListStreamConsumersOutput {
  readonly Consumers: readonly ConsumerOutput[];
  readonly NextToken?: string;
}

const MAX_RESULTS = 100;
const TOKEN = "consumers";

/** Lists the consumers of a stream. */
export const listStreamConsumers: Operation<ListStreamConsumersInput, ListStreamConsumersOutput> = {
  name: "ListStreamConsumers",
  input: structure<ListStreamConsumersInput>({
    StreamARN: required(TEXTS.StreamARN),
    NextToken: TEXTS.NextToken,
    MaxResults: PAGE_LIMIT,
    StreamCreationTimestamp: timestamp(),
    StreamId: TEXTS.StreamId,
  }),
  run,
};

function run(input: ListStreamConsumersInput, call: Call): ListStreamConsumersOutput {
  const stream = streamOf({ StreamARN: input.StreamARN }, call);
  const after = startOf(input, stream, call);
  requireRate("ListStreamConsumers", call, stream);
  const rest = stream.consumers.all().filter(({ name }) => name > after);
  const page = rest.slice(0, Math.min(input.MaxResults ?? MAX_RESULTS, MAX_RESULTS));
  const last = page.at(-1);
  return {
    Consumers: page.map(describeConsumer),
    ...(last !== undefined && page.length < rest.length
      ? { NextToken: issuePageToken(TOKEN, [...incarnationOf(stream), last.name], call.tokenMs) }
      : {}),
  };
}

function startOf(input: ListStreamConsumersInput, stream: Stream, call: Call): string {
  const { NextToken, StreamCreationTimestamp } = input;
  if (NextToken === undefined) {
    requireCreatedAt(stream, StreamCreationTimestamp);
    return "";
  }
  if (StreamCreationTimestamp !== undefined) {
    throw invalidArgument("NextToken and StreamCreationTimestamp cannot be provided together.");
  }
  const fields = readPageToken(TOKEN, INCARNATION_FIELDS + 1, NextToken, call.wallMs);
  if (streamOfToken(fields, call) === stream) return fields[INCARNATION_FIELDS] ?? "";
  throw invalidArgument(`StreamARN ${input.StreamARN} is not that of the stream of the NextToken.`);
}
