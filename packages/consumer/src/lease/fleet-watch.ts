// Keeps this worker out of a live fleet of the KCL 3.x: before anything is written, and with every look at the table.
import {
  backoffMs,
  type Clock,
  type EventSink,
  invariant,
  KinesisError,
  type Random,
  startLoop,
} from "@shardline/core";
import { type FleetSigns, movementBetween, signsOf, watchTimeMs } from "./fleet-protocol-plan.ts";
import type { LeaseEvents } from "./lease-events.ts";
import type { ForeignItem, LeaseListing, LeaseTable } from "./lease-table.ts";
import { lookAtTable, type TableLook } from "./table-look.ts";

/** The other table is looked at so often, because most workers have none, or no permission to look. */
const LEGACY_PERIOD_MS = 60_000;
/** While it is found out whether a fleet is alive, the tables are looked at so often within a failover time. */
const LOOKS_PER_FAILOVER = 4;

export interface FleetWatchOptions {
  readonly table: LeaseTable;
  readonly clock: Clock;
  readonly random: Random;
  readonly failoverMs: number;
  readonly events: EventSink<LeaseEvents>;
}

export class FleetWatch {
  readonly #options: FleetWatchOptions;
  #signs: FleetSigns | undefined;
  #legacy: readonly ForeignItem[] = [];
  #legacyAtMs = Number.NEGATIVE_INFINITY;

  constructor(options: FleetWatchOptions) {
    this.#options = options;
  }

  /**
   * Resolves at once where there is no sign of a fleet of the KCL 3.x, otherwise when none of its signs has moved for
   * long enough: with the look that showed it last. Writes nothing.
   * @throws KinesisError FLEET_PROTOCOL
   */
  async untilSafe(signal: AbortSignal): Promise<TableLook> {
    const { clock, events, failoverMs, random } = this.#options;
    const paceMs = failoverMs / LOOKS_PER_FAILOVER;
    let safeAtMs: number | undefined;
    let look: TableLook | undefined;
    const loop = startLoop({
      name: "fleet watch",
      clock,
      signal,
      step: async () => {
        look = await this.#look(signal);
        const signs = this.#note(look.listing);
        const nowMs = clock.nowMs();
        const forMs = watchTimeMs(signs, failoverMs);
        if (safeAtMs === undefined && forMs > 0) events.emit("fleetWatched", { forMs });
        safeAtMs ??= nowMs + forMs;
        return nowMs >= safeAtMs ? "stop" : { afterMs: Math.min(paceMs, safeAtMs - nowMs) };
      },
      backoffMs: (error, failures) => {
        if (KinesisError.is(error, "FLEET_PROTOCOL")) return undefined;
        const reason = error instanceof Error ? error.message : String(error);
        events.emit("leaseTableFailed", { operation: "list", reason });
        return backoffMs({ baseMs: 200, maxMs: paceMs }, failures, random);
      },
    });
    await loop.done;
    signal.throwIfAborted();
    invariant(look !== undefined, "nothing counts as safe that was not looked at");
    return look;
  }

  /**
   * Compares a listing with what was seen before.
   * @throws KinesisError FLEET_PROTOCOL
   */
  async note(listing: LeaseListing, signal: AbortSignal): Promise<void> {
    try {
      await this.#lookBeside(signal);
    } catch (error) {
      signal.throwIfAborted();
      const reason = error instanceof Error ? error.message : String(error);
      this.#options.events.emit("leaseTableFailed", { operation: "coordinatorState", reason });
    }
    this.#note(listing);
  }

  async #look(signal: AbortSignal): Promise<TableLook> {
    const { clock, table } = this.#options;
    const looking = lookAtTable(table, clock, signal);
    const beside = this.#lookBeside(signal, this.#signs?.isVersion3);
    const [look] = await Promise.all([looking, beside]);
    return look;
  }

  /** Without a reason to hurry only now and then. */
  async #lookBeside(signal: AbortSignal, isUrgent = false): Promise<void> {
    const { clock, table } = this.#options;
    const isDue = clock.nowMs() - this.#legacyAtMs >= LEGACY_PERIOD_MS;
    if (table.coordinatorState === undefined || !(isDue || isUrgent)) return;
    this.#legacy = await table.coordinatorState(signal);
    this.#legacyAtMs = clock.nowMs();
  }

  #note({ foreign, leases }: LeaseListing): FleetSigns {
    const signs = signsOf(leases, foreign, this.#legacy);
    const movement = this.#signs && movementBetween(this.#signs, signs);
    this.#signs = signs;
    if (movement !== undefined) throw fleetProtocol(movement);
    return signs;
  }
}

function fleetProtocol(movement: string): KinesisError<"FLEET_PROTOCOL"> {
  return new KinesisError("FLEET_PROTOCOL", {
    message: `the lease table belongs to a live fleet of KCL 3.x workers (${movement}), in which this worker cannot take part; stop them first, or give this application another name`,
    isRetryable: false,
    details: { movement },
  });
}
