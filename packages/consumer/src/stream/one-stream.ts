// The one stream of a worker: if it cannot be read, nothing can, and the worker ends.
import type { EventSink, KinesisApi, StreamRef, StreamSummary } from "@shardline/core";
import type { ConsumerEvents } from "../consumer-events.ts";
import type { Lease } from "../lease/lease.ts";
import type { LeaseTable } from "../lease/lease-table.ts";
import type { TableLook } from "../lease/table-look.ts";
import { identifyStream } from "../shard/stream-identity.ts";
import type { StartupPhases } from "../startup-phases.ts";
import { isNameless, namelessLeases } from "./nameless-leases.ts";
import { StreamDesk } from "./stream-desk.ts";
import { requireOwnKind, requireScope } from "./table-scope.ts";
import type { StreamsSupplies, WorkerStreams } from "./worker-streams.ts";

export class OneStream implements WorkerStreams {
  readonly leaseEvents: EventSink<ConsumerEvents>;
  readonly desks: readonly [StreamDesk];
  readonly #supplies: StreamsSupplies;
  readonly #kinesis: KinesisApi;
  readonly #leases: LeaseTable;
  #stream: StreamRef;

  constructor(stream: StreamRef, kinesis: KinesisApi, supplies: StreamsSupplies) {
    const { patientTable: table, settings } = supplies;
    this.#supplies = supplies;
    this.leaseEvents = supplies.events;
    this.#kinesis = kinesis;
    this.#stream = stream;
    this.#leases = namelessLeases(table);
    const start = settings.startAt;
    const requireBeginning = async (signal: AbortSignal): Promise<void> =>
      requireOwnKind(await table.list(signal), "one-stream", settings.leases.tableName);
    const desk = { ...supplies, kinesis, requireBeginning, start, stream, table: this.#leases };
    this.desks = [new StreamDesk(desk, supplies)];
  }

  /** Nothing is read by leases of a stream that is no more. */
  async find(
    prepare: () => Promise<TableLook>,
    phases: StartupPhases,
    signal: AbortSignal,
  ): Promise<TableLook> {
    const { settings } = this.#supplies;
    const { leases, sync } = settings;
    const options = {
      ...this.#supplies,
      ...sync,
      kinesis: this.#kinesis,
      table: this.#leases,
      onDescribed: (summary: StreamSummary) => this.desks[0].noteDescribed(summary),
    };
    const first = prepare().then((look) => requireScope(look, "one-stream", leases.tableName));
    const found = await identifyStream(this.#stream, options, first, signal);
    this.#stream = found.stream;
    phases.end("stream");
    return found.look;
  }

  follow(signal: AbortSignal): Promise<void> {
    return this.desks[0].startSyncing(this.#stream, signal).done;
  }

  serves(lease: Pick<Lease, "key">): boolean {
    return isNameless(lease);
  }

  deskOf(): StreamDesk {
    return this.desks[0];
  }
}
