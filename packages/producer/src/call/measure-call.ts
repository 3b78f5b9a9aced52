// A PutRecords call that is over -> its figures, for whoever counts.
import { type ApiFailure, type PutRecordsOutcome, StatisticSet } from "@shardline/core";
import type { Lane } from "../lane/lane.ts";
import type { CallMeasurement, ShardMeasurement } from "../measurements.ts";
import type { Carrier, FlushReason } from "../record/carrier.ts";
import type { Cargo } from "./answer-desk.ts";
import type { CallOutcome } from "./sender.ts";

/** Takes the figures of a call; `aggregateBytes` is what an aggregate may have, where there are any. */
export function measureCall(
  stream: string,
  cargoes: readonly Cargo[],
  call: CallOutcome,
  aggregateBytes: number | undefined,
): CallMeasurement {
  const shards: ShardFigures[] = [];
  let lane: Lane | undefined;
  // Carriers of a lane stand together.
  for (const [i, cargo] of cargoes.entries()) {
    if (cargo.lane !== lane) shards.push(new ShardFigures(cargo.lane.target.shardId));
    lane = cargo.lane;
    const figures = shards.at(-1) as ShardFigures;
    figures.addSent(cargo.carrier, call.startedAtMs, aggregateBytes);
    if (call.kind === "answered") figures.addAnswer(cargo.carrier, call.outcomes[i]);
  }
  const known = {
    stream,
    durationMs: call.endedAtMs - call.startedAtMs,
    carriers: cargoes.length,
    records: shards.reduce((sum, { records }) => sum + records, 0),
    shards,
  };
  return call.kind === "answered" ? known : { ...known, failure: failureOf(call.failure) };
}

function failureOf({
  awsName,
  isAmbiguous,
  kind,
}: ApiFailure): CallMeasurement["failure"] & object {
  return { awsName, isAmbiguous, isThrottled: kind === "throttled" };
}

class ShardFigures implements ShardMeasurement {
  readonly shardId: string | undefined;
  readonly recordsPerCarrier = new StatisticSet();
  readonly bufferingMs = new StatisticSet();
  readonly fillRatio = new StatisticSet();
  readonly storedBytes = new StatisticSet();
  readonly flushed: Record<FlushReason, number> = {
    count: 0,
    bytes: 0,
    deadline: 0,
    flush: 0,
    retry: 0,
  };
  readonly refused = new Map<string, number>();
  carriers = 0;
  records = 0;
  throttledRecords = 0;
  ambiguousRecords = 0;

  constructor(shardId: string | undefined) {
    this.shardId = shardId;
  }

  addSent(carrier: Carrier, startedAtMs: number, aggregateBytes: number | undefined): void {
    const { attempts, bytes, closedBy, members } = carrier;
    const { length } = members;
    this.carriers += 1;
    this.records += length;
    this.recordsPerCarrier.add(length);
    const isFirst = attempts.count <= 1;
    if (isFirst) members.addWaits(startedAtMs, this.bufferingMs);
    else this.bufferingMs.add(attempts.list.at(-1)?.delayMs ?? 0, length);
    this.flushed[isFirst ? closedBy : "retry"] += 1;
    if (isFirst && aggregateBytes !== undefined) this.fillRatio.add(bytes / aggregateBytes);
  }

  addAnswer({ bytes, members }: Carrier, outcome: PutRecordsOutcome | undefined): void {
    if (outcome === undefined || outcome.kind === "stored") {
      this.storedBytes.add(bytes);
      return;
    }
    const { awsName, isAmbiguous, kind } = outcome.failure;
    this.refused.set(awsName, (this.refused.get(awsName) ?? 0) + 1);
    if (kind === "throttled") this.throttledRecords += members.length;
    if (isAmbiguous) this.ambiguousRecords += members.length;
  }
}
