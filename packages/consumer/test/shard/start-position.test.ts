import { expect, test } from "vitest";
import {
  checkpointOfStart,
  filterOfStart,
  type StartPosition,
} from "../../src/shard/start-position.ts";

test.each<[StartPosition, string, object]>([
  [{ type: "TRIM_HORIZON" }, "TRIM_HORIZON", { type: "AT_TRIM_HORIZON" }],
  [{ type: "LATEST" }, "LATEST", { type: "AT_LATEST" }],
  [
    { type: "AT_TIMESTAMP", timestampMs: 123 },
    "AT_TIMESTAMP",
    { type: "AT_TIMESTAMP", timestampMs: 123 },
  ],
])(
  "48 init: $0.type is the checkpoint of new leases and the filter of the first listing",
  (start, word, filter) => {
    expect(checkpointOfStart(start)).toEqual({ sequenceNumber: word, subSequenceNumber: 0 });
    expect(filterOfStart(start)).toEqual(filter);
  },
);
