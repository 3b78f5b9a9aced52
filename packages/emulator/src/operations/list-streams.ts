// ListStreams.
// Faithful: sorted by name, pages of 100, a page token where there is more. Deviates: a token and a start name
// together are refused.
import { structure } from "../input/compound-shapes.ts";
import { PAGE_LIMIT, TEXTS } from "../input/members.ts";
import { requireRate } from "../limits/throttling.ts";
import type { Call, Operation } from "../operation.ts";
import { issuePageToken, readPageToken } from "../tokens/page-token.ts";
import { invalidArgument } from "../service-exception.ts";
import { type StreamSummaryOutput, summarizeStream } from "../stream/stream-description.ts";

/** Members of the call. */
export interface ListStreamsInput {
  readonly Limit?: number;
  readonly ExclusiveStartStreamName?: string;
  readonly NextToken?: string;
}

/** Members of the answer. */
export interface ListStreamsOutput {
  readonly StreamNames: readonly string[];
  readonly StreamSummaries: readonly StreamSummaryOutput[];
  readonly HasMoreStreams: boolean;
  readonly NextToken?: string;
}

const DEFAULT_LIMIT = 100;
const TOKEN = "streams";

/** Lists the streams of the caller's account and region. */
export const listStreams: Operation<ListStreamsInput, ListStreamsOutput> = {
  name: "ListStreams",
  input: structure<ListStreamsInput>({
    Limit: PAGE_LIMIT,
    ExclusiveStartStreamName: TEXTS.StreamName,
    NextToken: TEXTS.NextToken,
  }),
  run,
};

function run(input: ListStreamsInput, call: Call): ListStreamsOutput {
  const after = startOf(input, call);
  requireRate("ListStreams", call);
  const streams = call.findNamespace(call.caller)?.all() ?? [];
  const rest = streams.filter(({ plan }) => plan.name > after);
  const page = rest.slice(0, input.Limit ?? DEFAULT_LIMIT);
  const last = page.at(-1);
  const hasMore = last !== undefined && rest.length > page.length;
  return {
    StreamNames: page.map(({ plan }) => plan.name),
    StreamSummaries: page.map(summarizeStream),
    HasMoreStreams: hasMore,
    ...(hasMore ? { NextToken: issuePageToken(TOKEN, [last.plan.name], call.tokenMs) } : {}),
  };
}

function startOf({ ExclusiveStartStreamName, NextToken }: ListStreamsInput, call: Call): string {
  if (NextToken === undefined) return ExclusiveStartStreamName ?? "";
  if (ExclusiveStartStreamName !== undefined) {
    throw invalidArgument("NextToken and ExclusiveStartStreamName cannot be provided together.");
  }
  const [after = ""] = readPageToken(TOKEN, 1, NextToken, call.wallMs);
  return after;
}
