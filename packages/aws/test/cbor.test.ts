// When calls go in CBOR, and that finding it out costs no record and no second copy of one.
import { createAwsKinesisApi } from "@shardline/aws";
import {
  apiCallFailed,
  apiFailureOf,
  type KinesisApi,
  type PutRecordsRequest,
} from "@shardline/core";
import { cbor } from "@smithy/core/cbor";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { writePutRecordsCbor } from "../src/wire/put-records-cbor.ts";
import {
  type Answer,
  exception,
  inCbor,
  json,
  type KinesisServer,
  noAbort,
  openFor,
  serve,
} from "./support/kinesis-server.ts";

const stream = { name: "orders" };
const put: PutRecordsRequest = {
  stream,
  entries: [{ data: Buffer.from([0, 255]), partitionKey: "ключ", explicitHashKey: "12" }],
};
const stored = { Records: [{ ShardId: "shardId-000000000000", SequenceNumber: "1" }] };
const listing = {
  Shards: [
    { ShardId: "shardId-000000000000", SequenceNumberRange: { StartingSequenceNumber: "1" } },
  ],
};

/** Answers in the form of the request, as a service does that speaks both. */
const fluent: Answers = {
  ListShards: (form) => (form === "cbor" ? inCbor(listing) : json(listing)),
  PutRecords: (form) => (form === "cbor" ? inCbor(stored) : json(stored)),
};

type Form = "cbor" | "json";
interface Answers {
  readonly ListShards: (form: Form, nth: number) => Answer;
  readonly PutRecords: (form: Form, nth: number) => Answer;
}

interface Tried {
  readonly api: KinesisApi;
  /** `PutRecords cbor`, and so on. */
  readonly seen: () => string[];
}

async function against(answers: Partial<Answers>, mayUseCbor = true): Promise<Tried> {
  const all = { ...fluent, ...answers };
  const counts = { ListShards: 0, PutRecords: 0 };
  const server: KinesisServer = await serve((response, nth) => {
    const request = server.requests[nth];
    const operation = request?.operation as keyof Answers;
    const form = formOf(request?.headers["content-type"]);
    const ofItsKind = counts[operation];
    counts[operation] += 1;
    all[operation](form, ofItsKind)(response, nth);
  });
  const api = createAwsKinesisApi(openFor(server.url, { mayUseCbor }));
  const seen = (): string[] =>
    server.requests.map(
      ({ headers, operation }) => `${operation} ${formOf(headers["content-type"])}`,
    );
  return { api, seen };
}

function formOf(contentType: string | undefined): Form {
  return contentType === "application/x-amz-cbor-1.1" ? "cbor" : "json";
}

async function list(api: KinesisApi): Promise<void> {
  const { shards } = await api.listShards({ stream }, noAbort());
  expect(shards).toEqual([{ shardId: "shardId-000000000000", startingSequenceNumber: "1" }]);
}

async function putOnce(api: KinesisApi): Promise<void> {
  const { outcomes } = await api.putRecords(put, noAbort());
  expect(outcomes.map(({ kind }) => kind)).toEqual(["stored"]);
}

const reset: Answer = (response) => void response.socket?.resetAndDestroy();
const unreadable: Answer = (response) => {
  response.writeHead(200, { "content-type": "application/x-amz-cbor-1.1" });
  response.end(Buffer.of(0xa1, 0x67));
};

describe("an endpoint that speaks CBOR", () => {
  test("is put to in CBOR after a listing and one call of its own", async () => {
    const { api, seen } = await against({});
    await putOnce(api);
    await list(api);
    await Promise.all([putOnce(api), putOnce(api), putOnce(api)]);
    await putOnce(api);
    await list(api);
    expect(seen().slice(0, 2)).toEqual(["PutRecords json", "ListShards cbor"]);
    // Beside the first one the others go as they did.
    expect(seen().slice(2, 5).sort()).toEqual([
      "PutRecords cbor",
      "PutRecords json",
      "PutRecords json",
    ]);
    expect(seen().slice(5)).toEqual(["PutRecords cbor", "ListShards json"]);
  });

  test("is not asked where that is not wanted", async () => {
    const { api, seen } = await against({}, false);
    await list(api);
    await putOnce(api);
    expect(seen()).toEqual(["ListShards json", "PutRecords json"]);
  });

  test("is not asked with a time in the request", async () => {
    const { api, seen } = await against({});
    const filter = { type: "AT_TIMESTAMP", timestampMs: 1 } as const;
    await api.listShards({ stream, filter }, noAbort());
    expect(seen()).toEqual(["ListShards json"]);
  });

  test.each([
    ["in CBOR", inCbor({ __type: "ResourceNotFoundException", message: "no stream" }, 400)],
    ["in JSON", exception("ResourceNotFoundException", 400, "no stream")],
  ])("may tell exceptions %s", async (_form, answer) => {
    const { api, seen } = await against({ PutRecords: () => answer });
    await list(api);
    const failures = [];
    for (let i = 0; i < 2; i += 1) {
      failures.push(await api.putRecords(put, noAbort()).catch(apiFailureOf));
    }
    const failure = { kind: "missing", awsName: "ResourceNotFoundException", reason: "no stream" };
    expect(failures).toMatchObject([failure, failure]);
    // It says nothing of the form, which stays on trial.
    expect(seen().slice(1)).toEqual(["PutRecords cbor", "PutRecords cbor"]);
  });

  test("is put to in JSON after a failure until that is answered, and then in CBOR again", async () => {
    const failures: readonly Answer[] = [exception("InternalFailure", 500), reset];
    const { api, seen } = await against({
      PutRecords: (form, nth) => failures[nth - 1] ?? fluent.PutRecords(form, nth),
    });
    await list(api);
    await putOnce(api);
    for (const _ of failures) await expect(putOnce(api)).rejects.toThrow();
    for (let i = 0; i < 3; i += 1) await putOnce(api);
    expect(seen().slice(1)).toEqual([
      "PutRecords cbor",
      "PutRecords cbor",
      "PutRecords json",
      "PutRecords json",
      "PutRecords cbor",
      "PutRecords cbor",
    ]);
  });

  test("is put to in JSON again once it answers one call badly", async () => {
    const { api, seen } = await against({
      PutRecords: (form, nth) => (nth === 1 ? unreadable : fluent.PutRecords(form, nth)),
    });
    await list(api);
    await putOnce(api);
    const failure = await api.putRecords(put, noAbort()).catch(apiFailureOf);
    expect(failure).toMatchObject({ awsName: "UnreadableAnswer", isAmbiguous: true });
    await putOnce(api);
    expect(seen().slice(1)).toEqual(["PutRecords cbor", "PutRecords cbor", "PutRecords json"]);
  });
});

describe("an endpoint that does not list shards in CBOR", () => {
  test.each<[what: string, answer: Answer]>([
    ["answers in JSON", json(listing)],
    ["refuses to read it", exception("SerializationException")],
    ["knows no such operation", exception("UnknownOperationException")],
    ["answers 415", (response) => void response.writeHead(415).end()],
    ["answers 500", exception("InternalFailure", 500)],
    ["answers nonsense", unreadable],
    ["answers without shards", inCbor({})],
    ["closes the connection", reset],
  ])("and %s is listed and put to in JSON for good", async (_what, answer) => {
    const { api, seen } = await against({
      ListShards: (form) => (form === "cbor" ? answer : json(listing)),
    });
    for (let i = 0; i < 2; i += 1) {
      await list(api);
      await putOnce(api);
    }
    expect(seen()).toEqual([
      "ListShards cbor",
      "ListShards json",
      "PutRecords json",
      "ListShards json",
      "PutRecords json",
    ]);
  });

  test("because it limits calls is asked again, and not twice as often", async () => {
    const { api, seen } = await against({
      ListShards: (form, nth) =>
        nth === 0 ? exception("LimitExceededException") : fluent.ListShards(form, nth),
    });
    const failure = await api.listShards({ stream }, noAbort()).catch(apiFailureOf);
    expect(failure).toMatchObject({ kind: "throttled" });
    await list(api);
    await putOnce(api);
    expect(seen()).toEqual(["ListShards cbor", "ListShards cbor", "PutRecords cbor"]);
  });

  test("is asked again after a call that was given up", async () => {
    const { api, seen } = await against({
      ListShards: (form, nth) => (nth === 0 ? () => undefined : fluent.ListShards(form, nth)),
    });
    const stop = new AbortController();
    const call = api.listShards({ stream }, stop.signal).catch((reason: unknown) => reason);
    await expect.poll(() => seen().length).toBe(1);
    stop.abort("enough");
    expect(await call).toBe("enough");
    await list(api);
    expect(seen()).toEqual(["ListShards cbor", "ListShards cbor"]);
  });
});

describe("an endpoint that lists shards in CBOR and does not take records in it", () => {
  test.each(["SerializationException", "UnknownOperationException", "ValidationException"])(
    "is sent the same call in JSON after %s, for it had no effect",
    async (name) => {
      const { api, seen } = await against({
        PutRecords: (form) => (form === "cbor" ? exception(name) : json(stored)),
      });
      await list(api);
      await putOnce(api);
      await putOnce(api);
      expect(seen().slice(1)).toEqual(["PutRecords cbor", "PutRecords json", "PutRecords json"]);
    },
  );

  test.each<[what: string, answer: Answer]>([
    ["answers 500", exception("InternalFailure", 500)],
    ["answers nonsense", unreadable],
    ["answers too little", inCbor({ Records: [] })],
    ["closes the connection", reset],
  ])("and %s fails one call, once", async (_what, answer) => {
    const { api, seen } = await against({
      PutRecords: (form) => (form === "cbor" ? answer : json(stored)),
    });
    await list(api);
    await expect(api.putRecords(put, noAbort())).rejects.toThrow("PutRecords failed");
    await putOnce(api);
    await putOnce(api);
    expect(seen().slice(1)).toEqual(["PutRecords cbor", "PutRecords json", "PutRecords json"]);
  });
});

/** Reads it for a while, and then answers so to everything in it. */
function fluentAtFirst(answer: Answer): Partial<Answers> {
  let puts = 0;
  return {
    PutRecords: (form, nth) => {
      puts += 1;
      return form === "cbor" && puts > 2 ? answer : fluent.PutRecords(form, nth);
    },
  };
}

describe("an endpoint that does not read CBOR any more", () => {
  test.each<[what: string, answer: Answer]>([
    ["answers 500", exception("InternalFailure", 500)],
    ["answers 415", (response) => void response.writeHead(415).end()],
    ["closes the connection", reset],
  ])("and %s fails three calls, none after another, and no more", async (_what, answer) => {
    const { api, seen } = await against(fluentAtFirst(answer));
    await list(api);
    const puts: boolean[] = [];
    for (let i = 0; i < 12; i += 1) {
      puts.push(
        await putOnce(api).then(
          () => true,
          () => false,
        ),
      );
    }
    const [good, bad] = [true, false];
    expect(puts.slice(0, 8)).toEqual([good, good, bad, good, bad, good, bad, good]);
    expect(puts.slice(8)).toEqual([good, good, good, good]);
    expect(seen().slice(8)).toEqual(Array.from({ length: 5 }, () => "PutRecords json"));
  });

  test("and rejects what is in it takes the same call in JSON, and all that follow", async () => {
    const { api, seen } = await against(fluentAtFirst(exception("ValidationException")));
    await list(api);
    for (let i = 0; i < 5; i += 1) await putOnce(api);
    expect(seen().slice(3)).toEqual([
      "PutRecords cbor",
      "PutRecords json",
      "PutRecords json",
      "PutRecords json",
    ]);
  });

  test("and hangs is given up in CBOR by a caller whose signal says that it waited too long", async () => {
    const { api, seen } = await against(fluentAtFirst(() => undefined));
    await list(api);
    await putOnce(api);
    await putOnce(api);
    const stop = new AbortController();
    const call = api.putRecords(put, stop.signal).catch((reason: unknown) => reason);
    await expect.poll(() => seen().length).toBe(4);
    stop.abort(
      apiCallFailed("PutRecords", {
        kind: "transient",
        awsName: "TimeoutError",
        reason: "no answer within 15000 ms",
        isAmbiguous: true,
      }),
    );
    await call;
    await expect.poll(() => putOnce(api).then(() => seen().at(-1))).toBe("PutRecords json");
  });
});

test("a record that no form can carry is refused in both, and CBOR stays trusted", async () => {
  const poison = Buffer.from("poison");
  const { api, seen } = await against({
    PutRecords: (form, nth) =>
      nth === 1 || nth === 2 ? exception("ValidationException") : fluent.PutRecords(form, nth),
  });
  await list(api);
  await putOnce(api);
  const refused = { ...put, entries: [{ data: poison, partitionKey: "k" }] };
  await expect(api.putRecords(refused, noAbort())).rejects.toThrow("ValidationException");
  for (let i = 0; i < 3; i += 1) await putOnce(api);
  expect(seen().slice(1)).toEqual([
    "PutRecords cbor",
    "PutRecords cbor",
    "PutRecords json",
    "PutRecords json",
    "PutRecords cbor",
    "PutRecords cbor",
  ]);
});

describe("a body in CBOR", () => {
  const partitionKey = fc.string({ unit: "grapheme", maxLength: 300 });
  const size = fc.oneof(fc.nat(300), fc.constantFrom(23, 24, 255, 256, 65_535, 65_536));
  const data = size.map((bytes) => new Uint8Array(bytes + 2).map((_, i) => i * 7).subarray(1, -1));
  const explicitHashKey = fc.bigInt({ min: 0n, max: 2n ** 128n - 1n }).map(String);
  const entry = fc.record({ data, partitionKey, explicitHashKey }, { requiredKeys: ["data"] });

  const inHex = (data: Uint8Array): string => Buffer.from(data).toString("hex");

  test("says what it was made of, and fits into what was asked for", () => {
    fc.assert(
      fc.property(fc.array(entry, { maxLength: 30 }), (entries) => {
        const id = "0123456789abcdefghij-abc";
        const { body } = writePutRecordsCbor({ stream: { ...stream, id }, entries }, (bytes) =>
          Buffer.alloc(bytes, "?"),
        );
        const { Records, StreamId, StreamName } = cbor.deserialize(body) as {
          StreamId: string;
          StreamName: string;
          Records: { Data: Uint8Array; PartitionKey: string; ExplicitHashKey?: string }[];
        };
        expect([StreamName, StreamId]).toEqual(["orders", id]);
        const read = Records.map(({ Data, ExplicitHashKey, PartitionKey }) => ({
          data: inHex(Data),
          partitionKey: PartitionKey,
          ...(ExplicitHashKey === undefined ? {} : { explicitHashKey: ExplicitHashKey }),
        }));
        // In hexadecimal, because comparing byte arrays by their elements takes seconds.
        expect(read).toEqual(entries.map((each) => ({ ...each, data: inHex(each.data) })));
      }),
      { numRuns: 50 },
    );
  });
});
