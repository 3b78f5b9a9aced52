// RemoveTagsFromStream.
// Faithful: keys that the stream does not have are ignored; the stream must be ACTIVE. Deviates: nowhere known.
import { structure } from "../input/compound-shapes.ts";
import { STREAM_ADDRESS, type StreamAddress } from "../input/members.ts";
import { required } from "../input/shape.ts";
import { TAG_KEYS } from "../input/tag-shapes.ts";
import { taggedStreamOf } from "../input/tagged-resource.ts";
import { requireRate } from "../limits/throttling.ts";
import type { NoOutput, Operation } from "../operation.ts";

/** Members of the call. */
export interface RemoveTagsFromStreamInput extends StreamAddress {
  readonly TagKeys: readonly string[];
}

/** Takes tags off a stream. */
export const removeTagsFromStream: Operation<RemoveTagsFromStreamInput, NoOutput> = {
  name: "RemoveTagsFromStream",
  input: structure<RemoveTagsFromStreamInput>({ ...STREAM_ADDRESS, TagKeys: required(TAG_KEYS) }),
  run: (input, call) => {
    const resource = taggedStreamOf(input, call);
    resource.requireActive();
    requireRate("RemoveTagsFromStream", call, resource.stream);
    for (const key of input.TagKeys) resource.tags.delete(key);
    return undefined;
  },
};
