// The emulator's own addresses that change it, or hand it out as a whole.
//
//   POST /_emu/reset                                           everything as at the start
//   GET  /_emu/snapshot                                        everything, as bytes to keep
//   POST /_emu/restore   those bytes                           everything as it was then
//   POST /_emu/reshard   { stream, to | split, at? | merge }   shards at once, past all limits
//   POST /_emu/records   { stream, records: […] }              records past limits and faults; data in base64
//   POST /_emu/clock     { advanceMs }                         moves the clock; GET tells it
//
// Beside `stream`, `accountId` and `region` say whose it is, where it is not the emulator's own.
import {
  type Check,
  group,
  KinesisError,
  number,
  optional,
  parsed,
  required,
  resolveOptions,
  type Shard,
} from "@shardline/core";
import type { Injected } from "../control/inject.ts";
import type { EmulatorClock } from "../movable-clock.ts";
import { SNAPSHOT } from "../persist/read-snapshot.ts";
import type { Caller } from "../stream/namespace.ts";
import { SNAPSHOT_TYPE } from "./body-bound.ts";
import { refusalAnswer } from "./fault-entrance.ts";
import { type HttpAnswer, type HttpRequest, mediaTypeOf } from "./http-message.ts";
import { jsonAnswer, notAllowed, refusal, wrongMediaType } from "./json-answer.ts";

/** What can be commanded. */
export interface Control {
  readonly clock: EmulatorClock;
  /** Whose the streams are that nobody is named for. */
  readonly caller: Caller;
  reset(): Promise<void>;
  snapshot(): Uint8Array;
  restore(snapshot: Uint8Array): Promise<void>;
  reshard(streamName: string, request: unknown, caller: Caller): readonly Shard[];
  inject(streamName: string, records: unknown, caller: Caller): readonly Injected[];
  /** For a command that begins now: resolves once it is as safe as it was asked to be. */
  settling(): () => Promise<void>;
}

interface Address {
  /** Called by POST unless said. */
  readonly methods: readonly string[];
  /** Required, so that no page in a browser changes anything in passing. */
  readonly contentType: string;
  answer(request: HttpRequest, control: Control): HttpAnswer | Promise<HttpAnswer>;
}

/** Whose a stream is; the rest is what is to be done with it. */
interface OnStream extends Partial<Caller> {
  readonly stream: string;
}

const JSON_TYPE = "application/json";
const PATH = /^\/_emu\/([a-z]+)\/?(?:\?.*)?$/;
const TEXT = parsed("a text", (text) => text);
const ON_STREAM = group<OnStream>({
  stream: required(TEXT),
  accountId: optional(TEXT) as Check<string>,
  region: optional(TEXT) as Check<string>,
});
const MOVE = group<{ advanceMs: number }>({
  advanceMs: required(number({ min: 0, max: Number.MAX_SAFE_INTEGER })),
});

const ADDRESSES: ReadonlyMap<string, Address> = new Map<string, Address>([
  ["reset", { methods: ["POST"], contentType: JSON_TYPE, answer: reset }],
  ["snapshot", { methods: ["GET"], contentType: SNAPSHOT_TYPE, answer: snapshot }],
  ["restore", { methods: ["POST"], contentType: SNAPSHOT_TYPE, answer: restore }],
  ["reshard", { methods: ["POST"], contentType: JSON_TYPE, answer: reshard }],
  ["records", { methods: ["POST"], contentType: JSON_TYPE, answer: inject }],
  ["clock", { methods: ["GET", "POST"], contentType: JSON_TYPE, answer: clock }],
]);

/** Answers a request that commands something; `undefined` if it does not. */
export async function answerControl(
  request: HttpRequest,
  control: Control | undefined,
): Promise<HttpAnswer | undefined> {
  const address = ADDRESSES.get(PATH.exec(request.url)?.[1] ?? "");
  if (address === undefined || control === undefined) return undefined;
  const { methods, contentType } = address;
  if (!methods.includes(request.method)) return notAllowed(methods.join(", "));
  if (request.method === "POST" && mediaTypeOf(request) !== contentType) {
    return wrongMediaType(contentType);
  }
  try {
    const settle = control.settling();
    const answer = await address.answer(request, control);
    await settle();
    return answer;
  } catch (error) {
    return refusalOf(error);
  }
}

async function reset(_request: HttpRequest, control: Control): Promise<HttpAnswer> {
  await control.reset();
  return jsonAnswer(200, {});
}

function snapshot(_request: HttpRequest, control: Control): HttpAnswer {
  const bytes = control.snapshot();
  const body = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return { status: 200, headers: { "content-type": SNAPSHOT_TYPE }, body };
}

async function restore({ body }: HttpRequest, control: Control): Promise<HttpAnswer> {
  await control.restore(body);
  return jsonAnswer(200, {});
}

function reshard({ body }: HttpRequest, control: Control): HttpAnswer {
  const { stream, caller, rest } = onStream(body, control);
  const shards = control.reshard(stream, rest, caller);
  return jsonAnswer(200, { shards: shards.map(shardText) });
}

function inject({ body }: HttpRequest, control: Control): HttpAnswer {
  const { stream, caller, rest } = onStream(body, control);
  const { records, ...others } = rest;
  resolveOptions("records", group({}), others);
  const decoded = Array.isArray(records) ? records.map(decodeRecord) : records;
  return jsonAnswer(200, { records: control.inject(stream, decoded, caller) });
}

function clock({ method, body }: HttpRequest, control: Control): HttpAnswer {
  if (method === "POST") {
    const { advanceMs } = resolveOptions("clock", MOVE, parseObject(body));
    control.clock.advance(advanceMs);
  }
  return jsonAnswer(200, { nowMs: control.clock.wallTimeMs() });
}

function onStream(
  body: Buffer,
  control: Control,
): { stream: string; caller: Caller; rest: Record<string, unknown> } {
  const { stream: name, accountId, region, ...rest } = parseObject(body);
  const whose = resolveOptions("request", ON_STREAM, { stream: name, accountId, region });
  const caller = {
    accountId: whose.accountId ?? control.caller.accountId,
    region: whose.region ?? control.caller.region,
  };
  return { stream: whose.stream, caller, rest };
}

/** What is no object is refused with an empty one, by the member that is missing. */
function parseObject(body: Buffer): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(body.toString());
    if (typeof value === "object" && value !== null && !Array.isArray(value)) return { ...value };
  } catch {
    // Said below.
  }
  return {};
}

/** Data that is no base64 text is left as it is, and refused as no data. */
function decodeRecord(record: unknown): unknown {
  if (typeof record !== "object" || record === null) return record;
  const { data } = record as { readonly data?: unknown };
  const isBase64 =
    typeof data === "string" && Buffer.from(data, "base64").toString("base64") === data;
  return { ...record, data: isBase64 ? Buffer.from(data, "base64") : undefined };
}

function shardText({ hashKeyRange, ...shard }: Shard): object {
  if (hashKeyRange === undefined) return shard;
  const { start, end } = hashKeyRange;
  return { ...shard, hashKeyRange: { start: start.toString(), end: end.toString() } };
}

/** A snapshot is the sender's, the folder is the emulator's own. */
function persistenceAnswer({
  code,
  message,
  details,
}: KinesisError<"PERSISTENCE_FAILED">): HttpAnswer {
  return refusal(details.file === SNAPSHOT ? 400 : 500, code, message);
}

function refusalOf(error: unknown): HttpAnswer {
  if (KinesisError.is(error, "INVALID_OPTIONS")) return refusalAnswer(error);
  if (KinesisError.is(error, "PERSISTENCE_FAILED")) return persistenceAnswer(error);
  if (KinesisError.is(error, "STREAM_NOT_FOUND")) return refusal(404, error.code, error.message);
  throw error;
}
