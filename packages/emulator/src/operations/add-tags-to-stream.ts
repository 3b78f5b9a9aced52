// AddTagsToStream.
// Faithful: at most 50 tags, a tag that is there already gets the new value, the stream must be ACTIVE.
// Deviates: nowhere known.
import { structure } from "../input/compound-shapes.ts";
import { STREAM_ADDRESS, type StreamAddress } from "../input/members.ts";
import { required } from "../input/shape.ts";
import { TAG_MAP } from "../input/tag-shapes.ts";
import { requireRoomForTags, taggedStreamOf } from "../input/tagged-resource.ts";
import { requireRate } from "../limits/throttling.ts";
import type { NoOutput, Operation } from "../operation.ts";

/** Members of the call. */
export interface AddTagsToStreamInput extends StreamAddress {
  readonly Tags: ReadonlyMap<string, string>;
}

/** Tags a stream. */
export const addTagsToStream: Operation<AddTagsToStreamInput, NoOutput> = {
  name: "AddTagsToStream",
  input: structure<AddTagsToStreamInput>({ ...STREAM_ADDRESS, Tags: required(TAG_MAP) }),
  run: (input, call) => {
    const resource = taggedStreamOf(input, call);
    resource.requireActive();
    requireRoomForTags(resource, input.Tags);
    requireRate("AddTagsToStream", call, resource.stream);
    for (const [key, value] of input.Tags) resource.tags.set(key, value);
    return undefined;
  },
};
