// A record that waits for room, or until it is known what the stream takes. It is not encoded yet, and the caller may use
// its buffer again, so it has a copy.
import type { KinesisError } from "@shardline/core";
import type { Members } from "../record/members.ts";
import type { NewRecord } from "../record/new-record.ts";
import type { LooseRecord, PendingRecord } from "../record/pending-record.ts";
import { isExpired } from "../record/time-to-live.ts";
import type { Admission, Waiting } from "./admission.ts";

/** Where records go for which there is room. */
export interface Destination {
  /** Takes a record, of which it keeps neither object; answers whom it has joined. */
  accept(record: NewRecord, pending: PendingRecord): Members;
  /** A record was not accepted, because something broke, and its caller knows. */
  drop(pending: PendingRecord): void;
  /** There is room now for a record that waited. */
  waited(pending: PendingRecord): void;
  /** Settles a record that waited only to be found unfit. */
  refuse(waiting: WaitingRecord, error: KinesisError): void;
  /** Settles a record that waited in vain. */
  expire(waiting: WaitingRecord): void;
  /** Something is wrong here: everything is given up. */
  break(error: unknown): void;
}

export class WaitingRecord implements Waiting {
  readonly destination: Destination;
  readonly pending: PendingRecord;
  readonly record: NewRecord;
  readonly #onRoom: (waiting: WaitingRecord) => void;

  constructor(
    record: NewRecord,
    pending: PendingRecord,
    destination: Destination,
    onRoom: (waiting: WaitingRecord) => void,
  ) {
    const { data } = record;
    this.record = typeof data === "string" ? record : { ...record, data: new Uint8Array(data) };
    this.pending = pending;
    this.destination = destination;
    this.#onRoom = onRoom;
  }

  get bytes(): number {
    return this.pending.bytes;
  }

  admitted(): void {
    this.#onRoom(this);
  }

  /** As a record that was taken out of a container. */
  loosen(): LooseRecord {
    const { data, explicitHashKey, key } = this.record;
    const bytes = typeof data === "string" ? new TextEncoder().encode(data) : data;
    const content = { partitionKey: key.text, data: bytes };
    return {
      content: explicitHashKey === undefined ? content : { ...content, explicitHashKey },
      pending: this.pending,
    };
  }
}

/** Settles those of all streams whose time is over. */
export function expireWaiting(
  admission: Admission<WaitingRecord>,
  ttlMs: number,
  nowMs: number,
): void {
  for (;;) {
    const waiting = admission.firstWaiting;
    if (waiting === undefined || !isExpired(waiting.pending.acceptedAtMs, ttlMs, nowMs)) return;
    waiting.destination.expire(waiting);
  }
}
