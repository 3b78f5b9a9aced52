// An announcement that is not what was announced must not pass.
import type { Lease } from "@shardline/consumer";
import { type Position, SHARD_END } from "@shardline/core";
import { expect, test } from "vitest";
import { announcement } from "../evidence/announcement.ts";
import { AnnouncedCheckpoint } from "./announced-checkpoint.ts";
import { entry, lease, show } from "./shown.ts";

const at = (number: number): Position => {
  return { sequenceNumber: String(number), subSequenceNumber: 0 };
};
const pendingOf = (position: Position, epoch = 1): NonNullable<Lease["pendingCheckpoint"]> => {
  return { position, state: announcement(epoch, position) };
};
const announced = lease("shard", {
  epoch: 1,
  checkpoint: at(5),
  pendingCheckpoint: pendingOf(at(7)),
});

test.each<[string, object]>([
  ["another checkpoint", { checkpoint: at(6) }],
  ["no announcement", { pending: undefined }],
  ["another announcement", { pending: pendingOf(at(8)) }],
  ["other bytes", { pending: { ...pendingOf(at(7)), state: announcement(1, at(8)) } }],
])("an application that is told of %s is seen", (_, wrong) => {
  const checker = new AnnouncedCheckpoint(() => announced);
  const right = { epoch: 1, checkpoint: at(5), pending: pendingOf(at(7)) };
  show(checker, entry("begun", right), entry("begun", { ...right, ...wrong, epoch: 0 }));
  expect(() => show(checker, entry("begun", { ...right, ...wrong }))).toThrow(
    "w is told that shard begins at",
  );
});

test("bytes of another announcement are seen in the table", () => {
  const checker = new AnnouncedCheckpoint(() => undefined);
  const before = lease("shard", { epoch: 1 });
  const write = (pendingCheckpoint: NonNullable<Lease["pendingCheckpoint"]>): void =>
    show(checker, entry("table", { before, after: { ...before, pendingCheckpoint } }));
  write(pendingOf(at(7)));
  write({ position: SHARD_END, state: announcement(1, at(7)) });
  expect(() => write({ ...pendingOf(at(7)), position: at(8) })).toThrow('of shard with "1: 7#0"');
  expect(() => write(pendingOf(at(7), 2))).toThrow("w announces 7#0 of shard");
  show(checker, entry("table", { before: announced, after: { ...announced, epoch: 2 } }));
});
