// What a consumer tells of itself when it is asked: puts together what its worker shows and what events told.
import type { Clock, EventSource } from "@shardline/core";
import type { ConsumerEvents } from "../consumer-events.ts";
import { HandlingTally } from "../handling/handling-tally.ts";
import type { ConsumerSettings } from "../settings.ts";
import type { ConsumerHealth } from "./health.ts";
import { type ConsumerLife, judgeHealth } from "./health-plan.ts";
import { lagWarningOf } from "./lag-plan.ts";
import type { ConsumerStats } from "./stats.ts";
import { lagOf, shardStats, totalsOf } from "./stats-plan.ts";
import { Troubles } from "./troubles.ts";
import { timeOf, type WorkerView } from "./worker-view.ts";

export interface ConsumerStatusOptions {
  readonly settings: ConsumerSettings;
  readonly clock: Clock;
  readonly events: EventSource<ConsumerEvents>;
}

/** Looks at the stream's shards are at most half a minute apart when they fail. */
const SYNC_GAP_MS = 45_000;

const NOBODY: WorkerView = {
  phase: "starting",
  shards: [],
  renewals: [],
  unreadable: [],
  counts: new HandlingTally(),
  leaseTable: undefined,
};

export class ConsumerStatus {
  readonly #options: ConsumerStatusOptions;
  readonly #troubles: Troubles;
  #worker: WorkerView = NOBODY;
  #life: ConsumerLife | undefined = { kind: "not-started" };

  constructor(options: ConsumerStatusOptions) {
    const { clock, events, settings } = options;
    this.#options = options;
    const tableGapMs = settings.leases.failoverMs;
    this.#troubles = new Troubles({ clock, events, tableGapMs, syncGapMs: SYNC_GAP_MS });
  }

  /** `run` was called. */
  begin(): void {
    this.#life = undefined;
  }

  /** A worker is there. */
  follow(worker: WorkerView): void {
    this.#worker = worker;
  }

  /** `run` is over. */
  end(life: ConsumerLife): void {
    this.#life = life;
  }

  /** Whether it does its work, and what is in the way. */
  health(): ConsumerHealth {
    const { clock, settings } = this.#options;
    const { phase, renewals, shards, unreadable } = this.#worker;
    return judgeHealth({
      nowMs: clock.nowMs(),
      failoverMs: settings.leases.failoverMs,
      life: this.#life ?? { kind: phase },
      renewals,
      unreadable,
      shards: shards.map((look) => ({
        look,
        troubles: this.#troubles.of(look),
        lagMs: lagOf(look.progress, timeOf(look, clock, settings)),
        lagWarningMs: lagWarningOf(settings.lagWarningMs, look.retentionMs),
      })),
      stall: this.#troubles.stall,
      losses: this.#troubles.losses,
      leaseTable: this.#troubles.leaseTable,
      shardSyncs: this.#troubles.shardSyncs,
      streamList: this.#troubles.streamList,
      streams: this.#troubles.streams,
    });
  }

  /** How it stands. */
  stats(): ConsumerStats {
    const { counts, leaseTable, renewals, shards, unreadable } = this.#worker;
    const { clock, settings } = this.#options;
    const told = shards.map((look) => shardStats(look, timeOf(look, clock, settings)));
    return Object.freeze({
      workerId: settings.workerId,
      // What could not be given up in the end is left to expire, and nobody here reads by it.
      leases: this.#life === undefined ? renewals.length : 0,
      unreadableLeases: this.#life === undefined ? unreadable.length : 0,
      shards: Object.freeze(told),
      ...totalsOf(told),
      records: Object.freeze({ ...counts }),
      leaseTable: leaseTable && Object.freeze({ ...leaseTable }),
    });
  }
}
