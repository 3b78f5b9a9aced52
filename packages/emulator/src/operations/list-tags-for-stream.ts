// ListTagsForStream.
// Faithful: sorted by key, pages by ExclusiveStartTagKey. Deviates: nowhere known.
import { structure } from "../input/compound-shapes.ts";
import { STREAM_ADDRESS, type StreamAddress } from "../input/members.ts";
import { integer } from "../input/scalar-shapes.ts";
import { TAG_KEY } from "../input/tag-shapes.ts";
import { taggedStreamOf } from "../input/tagged-resource.ts";
import { requireRate } from "../limits/throttling.ts";
import type { Call, Operation } from "../operation.ts";
import { describeTags, type TagOutput } from "../stream/tag-description.ts";

/** Members of the call. */
export interface ListTagsForStreamInput extends StreamAddress {
  readonly ExclusiveStartTagKey?: string;
  readonly Limit?: number;
}

/** Members of the answer. */
export interface ListTagsForStreamOutput {
  readonly Tags: readonly TagOutput[];
  readonly HasMoreTags: boolean;
}

const MAX_TAGS = 50;

/** Lists the tags of a stream. */
export const listTagsForStream: Operation<ListTagsForStreamInput, ListTagsForStreamOutput> = {
  name: "ListTagsForStream",
  input: structure<ListTagsForStreamInput>({
    ...STREAM_ADDRESS,
    ExclusiveStartTagKey: TAG_KEY,
    Limit: integer({ min: 1, max: MAX_TAGS }),
  }),
  run,
};

function run(input: ListTagsForStreamInput, call: Call): ListTagsForStreamOutput {
  const { stream, tags } = taggedStreamOf(input, call);
  requireRate("ListTagsForStream", call, stream);
  const after = input.ExclusiveStartTagKey ?? "";
  const rest = describeTags(tags).filter(({ Key }) => Key > after);
  const page = rest.slice(0, input.Limit ?? MAX_TAGS);
  return { Tags: page, HasMoreTags: page.length < rest.length };
}
