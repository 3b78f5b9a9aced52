// TagResource.
// Faithful: at most 50 tags, a tag that is there already gets the new value, the stream or consumer must be
// ACTIVE. Deviates: nowhere known.
import { structure } from "../input/compound-shapes.ts";
import { TEXTS } from "../input/members.ts";
import { required } from "../input/shape.ts";
import { TAG_MAP } from "../input/tag-shapes.ts";
import { requireRoomForTags, taggedResourceOf } from "../input/tagged-resource.ts";
import { requireRate } from "../limits/throttling.ts";
import type { NoOutput, Operation } from "../operation.ts";

/** Members of the call. */
export interface TagResourceInput {
  readonly ResourceARN: string;
  readonly Tags: ReadonlyMap<string, string>;
  readonly StreamId?: string;
}

/** Tags a resource. */
export const tagResource: Operation<TagResourceInput, NoOutput> = {
  name: "TagResource",
  input: structure<TagResourceInput>({
    ResourceARN: required(TEXTS.ResourceARN),
    Tags: required(TAG_MAP),
    StreamId: TEXTS.StreamId,
  }),
  run: (input, call) => {
    const resource = taggedResourceOf(input.ResourceARN, call);
    resource.requireActive();
    requireRoomForTags(resource, input.Tags);
    requireRate("TagResource", call, resource.stream);
    for (const [key, value] of input.Tags) resource.tags.set(key, value);
    return undefined;
  },
};
