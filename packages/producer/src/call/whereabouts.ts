// Where records are that have room: in a lane, in a call under way, or held until their landing place is known.
import { isAborted } from "../record/abortable-receipt.ts";
import type { Carrier } from "../record/carrier.ts";
import type { LooseRecord } from "../record/pending-record.ts";
import { unpack, unpackUnanswered } from "../record/unpack.ts";
import type { Settlement } from "../settle/settlement.ts";
import type { LaneSet } from "../lane/lane-set.ts";
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

  depart(cargoes: readonly Cargo[]): void {
    const times = cargoes.map(({ carrier }) => carrier.members.oldestAtMs);
    this.#underWay.set(cargoes, Math.min(...times));
  }

  arrive(cargoes: readonly Cargo[]): void {
    this.#underWay.delete(cargoes);
  }

  /**
   * After signals aborted: finds their records. One that was never sent leaves; of one that was, the caller is told, and
   * its delivery goes on, because the carrier's bytes must not change any more.
   */
  sweepAborted(): void {
    const { desk, lanes, settlement } = this.#options;
    for (const lane of lanes.occupied) settleAborted(lane, settlement, isAborted);
    const sent: Carrier[] = [...desk.held(), ...lanes.occupied.flatMap((lane) => lane.carriers)];
    for (const cargoes of this.#underWay.keys()) {
      sent.push(...cargoes.map(({ carrier }) => carrier));
    }
    for (const carrier of sent) settlement.disown(carrier, isAborted);
  }

  /** Takes all of them apart, for a producer that gives up; what is under way may be stored all the same. */
  takeAll(): LooseRecord[] {
    const { desk, lanes } = this.#options;
    return [
      ...[...this.#underWay.keys()].flat().flatMap(({ carrier }) => unpackUnanswered(carrier)),
      ...desk.takeHeld().flatMap(unpack),
      ...lanes.occupied.flatMap((lane) => lane.drain()).flatMap(unpack),
    ];
  }

  #findOldestAtMs(): number {
    const { desk, lanes } = this.#options;
    let oldest = Math.min(lanes.oldestAtMs(), desk.oldestAtMs);
    for (const atMs of this.#underWay.values()) oldest = Math.min(oldest, atMs);
    return oldest;
  }
}
