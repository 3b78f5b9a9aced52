// After signals aborted: finds their records. One that was never sent leaves; of one that was, the caller is told, and
// its delivery goes on, because the carrier's bytes must not change any more.
import { isAborted } from "../record/abortable-receipt.ts";
import type { Carrier } from "../record/carrier.ts";
import type { Settlement } from "../settle/settlement.ts";
import type { LaneSet } from "../lane/lane-set.ts";
import type { AnswerDesk, Cargo } from "./answer-desk.ts";

/** Where records are that have room. */
export interface Whereabouts {
  readonly lanes: LaneSet;
  readonly desk: AnswerDesk;
  readonly settlement: Settlement;
  readonly underWay: Iterable<readonly Cargo[]>;
}

/** Settles the promises of all aborted records. */
export function sweepAborted({ desk, lanes, settlement, underWay }: Whereabouts): void {
  for (const lane of lanes.lanes) desk.abort(lane.takeNeverSent(isAborted), isAborted);
  const sent: Carrier[] = [...desk.held(), ...lanes.lanes.flatMap((lane) => lane.carriers)];
  for (const cargoes of underWay) sent.push(...cargoes.map(({ carrier }) => carrier));
  for (const carrier of sent) settlement.disown(carrier, isAborted);
}
