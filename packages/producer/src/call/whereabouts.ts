// Where records are that have room: in a lane, in a call under way, or held until their landing place is known.
import { type AbortableReceipt, isAborted } from "../record/abortable-receipt.ts";
import { type Carrier, writeMissingDigests } from "../record/carrier.ts";
import type { LooseRecord } from "../record/pending-record.ts";
import { unpackLast } from "../record/unpack.ts";
import type { Settlement } from "../settle/settlement.ts";
import type { LaneSet } from "../lane/lane-set.ts";
import type { Lane } from "../lane/lane.ts";
import type { LanePick } from "../lane/batch-plan.ts";
import type { AnswerDesk, Cargo } from "./answer-desk.ts";
import { settleAborted } from "./settle-waiting.ts";

export interface WhereaboutsOptions {
  readonly lanes: LaneSet;
  readonly desk: AnswerDesk;
  readonly settlement: Settlement;
}

export class Whereabouts {
  readonly #options: WhereaboutsOptions;
  /** Calls under way, each with the time when its oldest record was put. */
  readonly #underWay = new Map<readonly Cargo[], number>();
  #oldestAtMs = Number.POSITIVE_INFINITY;
  /** How many records were settled when that was found out. */
  #oldestAsOf = 0;

  constructor(options: WhereaboutsOptions) {
    this.#options = options;
  }

  /**
   * When the oldest record was put; Infinity if there is none. Looks at lanes and calls, not at records, and only if a
   * record was settled since it was asked last: no younger record becomes the oldest before that.
   */
  get oldestAtMs(): number {
    const { failed, stored } = this.#options.settlement;
    const isKnown = this.#oldestAsOf === stored + failed && this.#oldestAtMs < Infinity;
    if (!isKnown) this.#oldestAtMs = this.#findOldestAtMs();
    this.#oldestAsOf = stored + failed;
    return this.#oldestAtMs;
  }

  /** Takes what a plan has picked out of the lanes, ready to be sent: from here on it is under way, until `arrive`. */
  depart(picks: readonly LanePick<Lane>[], nowMs: number, flushedEpoch: number): readonly Cargo[] {
    const cargoes: Cargo[] = [];
    let oldestAtMs = Number.POSITIVE_INFINITY;
    // Known before the first is taken, so that none is lost if a lane breaks.
    this.#underWay.set(cargoes, oldestAtMs);
    for (const pick of picks) {
      for (const carrier of this.#options.lanes.take(pick, nowMs, flushedEpoch)) {
        oldestAtMs = Math.min(oldestAtMs, carrier.members.oldestAtMs);
        cargoes.push({ lane: pick.lane, carrier });
      }
    }
    this.#underWay.set(cargoes, oldestAtMs);
    writeMissingDigests(cargoes.map(({ carrier }) => carrier));
    return cargoes;
  }

  /** All of them are settled, in lanes or held. */
  arrive(cargoes: readonly Cargo[]): void {
    this.#underWay.delete(cargoes);
  }

  /**
   * After signals aborted: finds these records. One that was never sent leaves; of one that was, the caller is told, and
   * its delivery goes on, because the carrier's bytes must not change any more.
   */
  sweep(aborted: readonly AbortableReceipt[], nowMs: number): void {
    const { desk, lanes, settlement } = this.#options;
    const concerned = new Set<Lane>();
    for (const { isSettled, place } of aborted) {
      const lane = isSettled ? undefined : lanes.laneOf(place);
      if (lane !== undefined) concerned.add(lane);
    }
    if (concerned.size === 0) return;
    lanes.change(concerned, (lane) => settleAborted(lane, settlement, isAborted, nowMs));
    const sent: Carrier[] = [...desk.held(), ...[...concerned].flatMap((lane) => lane.carriers)];
    for (const cargoes of this.#underWay.keys()) {
      sent.push(...cargoes.map(({ carrier }) => carrier));
    }
    for (const carrier of sent) settlement.disown(carrier, isAborted, nowMs);
  }

  /**
   * Takes all of them apart, for a producer that gives up; what is under way may be stored all the same. If something
   * broke while an answer was dealt with, carriers of it are in two places: the first in which one is found counts.
   */
  takeAll(): LooseRecord[] {
    const { desk, lanes } = this.#options;
    const waiting = lanes.occupied.flatMap((lane) => lane.drain());
    const inLanes = waiting.flatMap((carrier) => unpackLast(carrier, false));
    const held = desk.takeHeld().flatMap((carrier) => unpackLast(carrier, false));
    const sent = [...this.#underWay.keys()].flat();
    const underWay = sent.flatMap(({ carrier }) => unpackLast(carrier, true));
    this.#underWay.clear();
    return [...underWay, ...held, ...inLanes];
  }

  #findOldestAtMs(): number {
    const { desk, lanes } = this.#options;
    let oldest = Math.min(lanes.oldestAtMs(), desk.oldestAtMs);
    for (const atMs of this.#underWay.values()) oldest = Math.min(oldest, atMs);
    return oldest;
  }
}
