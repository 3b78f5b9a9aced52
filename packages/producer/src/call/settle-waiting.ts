// Records that are given up while they wait in a lane, because their time is over or their signal was aborted. The others
// of their carriers keep their places: what was put before them and after them stays before and after.
import type { Lane } from "../lane/lane.ts";
import type { LooseRecord } from "../record/pending-record.ts";
import type { Sink } from "../record/sink.ts";
import { isExpired } from "../record/time-to-live.ts";
import type { Settlement } from "../settle/settlement.ts";

type Failing = Pick<Settlement, "fail">;

/** Settles what waits in a lane although its time is over. */
export function settleExpired(lane: Lane, settlement: Failing, ttlMs: number, nowMs: number): void {
  const expired: LooseRecord[] = [];
  lane.thinExpired(ttlMs, nowMs, (record) => {
    const isOver = isExpired(record.pending.acceptedAtMs, ttlMs, nowMs);
    if (isOver) expired.push(record);
    return !isOver;
  });
  settlement.fail("RECORD_EXPIRED", expired, nowMs);
}

/** Settles what was aborted and waits in a lane, never sent. */
export function settleAborted(
  lane: Lane,
  settlement: Failing,
  isAborted: (sink: Sink) => boolean,
  nowMs: number,
): void {
  const aborted: LooseRecord[] = [];
  lane.thinNeverSent(isAborted, (record) => {
    const isOver = isAborted(record.pending.sink);
    if (isOver) aborted.push(record);
    return !isOver;
  });
  settlement.fail("RECORD_ABORTED", aborted, nowMs);
}
