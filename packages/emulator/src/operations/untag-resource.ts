// UntagResource.
// Faithful: keys that the resource does not have are ignored; the stream or consumer must be
// ACTIVE. Deviates: nowhere known.
import { structure } from "../input/compound-shapes.ts";
import { TEXTS } from "../input/members.ts";
import { required } from "../input/shape.ts";
import { TAG_KEYS } from "../input/tag-shapes.ts";
import { taggedResourceOf } from "../input/tagged-resource.ts";
import { requireRate } from "../limits/throttling.ts";
import type { NoOutput, Operation } from "../operation.ts";

/** Members of the call. */
export interface UntagResourceInput {
  readonly ResourceARN: string;
  readonly TagKeys: readonly string[];
  readonly StreamId?: string;
}

/** Takes tags off a resource. */
export const untagResource: Operation<UntagResourceInput, NoOutput> = {
  name: "UntagResource",
  input: structure<UntagResourceInput>({
    ResourceARN: required(TEXTS.ResourceARN),
    TagKeys: required(TAG_KEYS),
    StreamId: TEXTS.StreamId,
  }),
  run: (input, call) => {
    const resource = taggedResourceOf(input.ResourceARN, call);
    resource.requireActive();
    requireRate("UntagResource", call, resource.stream);
    for (const key of input.TagKeys) resource.tags.delete(key);
    return undefined;
  },
};
