// PutRecords and PutRecord.
import assert from "node:assert/strict";
import type { Comparison, Goal } from "../suite.ts";
import { asCbor } from "./cbor-traffic.ts";
import { http1Client } from "./http1-client.ts";
import { http2ConnectingClient } from "./http2-client.ts";
import { readJson } from "./stream-setup.ts";
import { putRecordsTraffic, putRecordTraffic } from "./traffic.ts";
import { atMost, contest, HTTP2_WAYS, http1Ways } from "./way.ts";

const RECORDS = 500;
/** As much as the service takes, less a key. */
const LARGE_BYTES = 10_485_760 - 11;

const PUT_RECORDS_GOALS: readonly Goal[] = [
  atMost("E1.http1", "400,000 records per CPU-second over HTTP/1.1", "HTTP/1.1", 2.5, 2.1),
  atMost("E1.h2c", "350,000 records per CPU-second over h2c", "h2c, one session", 2.857, 2.4),
  atMost("E1.cbor", "300,000 records per CPU-second in CBOR", "CBOR, HTTP/1.1", 3.333, 2.8),
  cheaperThan("E1.kinesalite", "kinesalite", 15, 20),
  cheaperThan("E1.kinesis-local", "kinesis-local", 150, 300),
];

const PUT_RECORD_GOALS: readonly Goal[] = [
  atMost("E2.http1", "25,000 requests per CPU-second over HTTP/1.1", "HTTP/1.1", 40, 34),
  atMost("E2.connections", "1,800 connections per CPU-second", "h2c, a connection each", 555, 400),
  cheaperThan("E2.kinesalite", "kinesalite", 2, 5),
];

/** Full calls of small records. */
export function putRecordsComparison(): AsyncGenerator<Comparison> {
  return contest({
    title: `PutRecords, ${RECORDS} x 100 B`,
    traffic: putRecordsTraffic(RECORDS),
    ways: [
      ...http1Ways(),
      ...HTTP2_WAYS,
      {
        name: "CBOR, HTTP/1.1",
        role: "ours",
        kind: "emulator",
        connect: (port, traffic, lanes) => http1Client(port, asCbor(traffic), lanes),
      },
    ],
    check: (answer) => {
      // Sequence numbers stand alike in JSON and in CBOR.
      const text = Buffer.concat(answer).toString("latin1");
      assert.equal(new Set(text.match(/\d{56}/g)).size, RECORDS);
    },
    goals: PUT_RECORDS_GOALS,
  });
}

/** One record per request. */
export function putRecordComparison(): AsyncGenerator<Comparison> {
  return contest({
    title: "PutRecord, 100 B",
    traffic: putRecordTraffic(),
    ways: [
      ...http1Ways(),
      ...HTTP2_WAYS,
      {
        name: "h2c, a connection each",
        role: "ours",
        kind: "emulator",
        connect: http2ConnectingClient,
      },
    ],
    check: checkPutRecord,
    goals: PUT_RECORD_GOALS,
  });
}

/** One record of 10 MiB: 14 MB of base64, which flow control must not hold up. */
export function largeRecordComparison(): AsyncGenerator<Comparison> {
  const traffic = putRecordTraffic(LARGE_BYTES);
  const bodyMb = (traffic.bodies[0] as Buffer).length / 1e6;
  return contest({
    title: "PutRecord, 10 MiB, one after the other",
    traffic,
    ways: [...HTTP2_WAYS, ...http1Ways().filter(({ role }) => role !== "peer")],
    measure: {
      unit: "ms per MB of the request",
      costOf: ({ wallMs, requests }) => wallMs / (requests * bodyMb),
    },
    setup: { MaxRecordSizeInKiB: 10_240 },
    lanes: 1,
    check: checkPutRecord,
    goals: [atMost("E6", "100 MB per second over h2c", "h2c, one session", 10, 5)],
  });
}

function checkPutRecord(answer: readonly Buffer[]): void {
  assert.match((readJson(answer) as { SequenceNumber: string }).SequenceNumber, /^\d+$/);
}

function cheaperThan(id: string, against: string, must: number, stretch: number): Goal {
  const what = `over HTTP/1.1, as a multiple of ${against}`;
  return { id, what, direction: "higher", of: "HTTP/1.1", against, must, stretch };
}
