// ListChannels.
// Faithful: in form. Deviates: there are no channels, because what they deliver to is not here.
import { list, structure } from "../input/compound-shapes.ts";
import { PAGE_LIMIT, TEXTS } from "../input/members.ts";
import { timestamp } from "../input/scalar-shapes.ts";
import { required } from "../input/shape.ts";
import type { Operation } from "../operation.ts";

/** Members of the call. */
export interface ListChannelsInput {
  readonly StreamFilter?: readonly StreamFilter[];
  readonly MaxResults?: number;
  readonly NextToken?: string;
}

interface StreamFilter {
  readonly StreamARN: string;
  /** Epoch seconds. */
  readonly StreamCreationTimestamp?: number;
}

/** Members of the answer. */
export interface ListChannelsOutput {
  readonly ChannelSummaries: readonly [];
}

const FILTER = structure<StreamFilter>({
  StreamARN: required(TEXTS.StreamARN),
  StreamCreationTimestamp: timestamp(),
});

/** Lists what delivers streams to stores. */
export const listChannels: Operation<ListChannelsInput, ListChannelsOutput> = {
  name: "ListChannels",
  input: structure<ListChannelsInput>({
    StreamFilter: list(FILTER, { min: 0, max: Number.POSITIVE_INFINITY }),
    MaxResults: PAGE_LIMIT,
    NextToken: TEXTS.NextToken,
  }),
  run: () => ({ ChannelSummaries: [] }),
};
