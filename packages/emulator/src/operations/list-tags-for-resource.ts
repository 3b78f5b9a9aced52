// ListTagsForResource.
// Faithful: all tags in one answer, sorted by key. Deviates: nowhere known.
import { structure } from "../input/compound-shapes.ts";
import { TEXTS } from "../input/members.ts";
import { required } from "../input/shape.ts";
import { taggedResourceOf } from "../input/tagged-resource.ts";
import { requireRate } from "../limits/throttling.ts";
import type { Operation } from "../operation.ts";
import { describeTags, type TagOutput } from "../stream/tag-description.ts";

/** Members of the call. */
export interface ListTagsForResourceInput {
  readonly ResourceARN: string;
  readonly StreamId?: string;
}

/** Members of the answer. */
export interface ListTagsForResourceOutput {
  readonly Tags: readonly TagOutput[];
}

/** Lists the tags of a resource. */
export const listTagsForResource: Operation<ListTagsForResourceInput, ListTagsForResourceOutput> = {
  name: "ListTagsForResource",
  input: structure<ListTagsForResourceInput>({
    ResourceARN: required(TEXTS.ResourceARN),
    StreamId: TEXTS.StreamId,
  }),
  run: (input, call) => {
    const { stream, tags } = taggedResourceOf(input.ResourceARN, call);
    requireRate("ListTagsForResource", call, stream);
    return { Tags: describeTags(tags) };
  },
};
