import { expect, test } from "vitest";
import { StoredRecords } from "../evidence/stored-records.ts";
import { NoOldPosition } from "./no-old-position.ts";
import { entry, landedRecord, lease, show } from "./shown.ts";

const OLD = { sequenceNumber: "1", subSequenceNumber: 0 };
const NEW = { sequenceNumber: "7", subSequenceNumber: 0 };

function reborn() {
  const stored = new StoredRecords();
  const first = entry("landed", { sequenceNumber: "1", records: [landedRecord(0)] });
  const second = entry("landed", { sequenceNumber: "7", records: [landedRecord(1)] });
  show(stored, first, entry("reborn"), second);
  return stored;
}

const taken = (checkpoint?: typeof OLD) =>
  entry("table", { after: lease("shard", { owner: "w", ...(checkpoint && { checkpoint }) }) });
const delivered = (position: typeof OLD) => entry("delivered", { position });

test("nothing of the new stream is read behind a checkpoint of the old one, nor on from its records", () => {
  const [one, other] = [0, 1].map(() => new NoOldPosition(reborn(), () => []));
  expect(() => show(one as NoOldPosition, taken(OLD), delivered(NEW))).toThrow("behind 1#0");
  const slept = [taken(), delivered(OLD), delivered(NEW)];
  expect(() => show(other as NoOldPosition, ...slept)).toThrow("which was deleted");
});

test("but from its beginning, also under an old lease, and what was fetched of the old one until then", () => {
  const checker = new NoOldPosition(reborn(), () => []);
  show(checker, taken(), delivered(NEW), taken(OLD), delivered(OLD));
});

test("in the end no lease is of the old stream", () => {
  const leases = [lease("shard", { streamEpoch: 2 }), lease("other")];
  const checker = new NoOldPosition(reborn(), () => leases);
  show(checker, entry("reborn", { streamEpoch: 2 }));
  checker.atEnd();
  leases.push(lease("third", { streamEpoch: 1 }));
  expect(() => checker.atEnd()).toThrow("third is still the lease of a stream of before");
});
