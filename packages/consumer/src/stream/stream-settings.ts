// The option `streams`, checked, whether the streams are written down or answered by a function.
import { type KinesisSource, kinesisSource } from "@shardline/aws";
import {
  type Check,
  group,
  integer,
  matching,
  optional,
  parsed,
  parseStreamRef,
  required,
  resolveOptions,
  type StreamRef,
  withDefault,
  wrong,
} from "@shardline/core";
import { parseStreamName } from "../lease/lease-key.ts";
import type { StartPosition } from "../shard/start-position.ts";
import { startAt } from "../start-at.ts";
import type { FormerStreams, ListStreams } from "./stream-source.ts";

/** A stream with every default in place. */
export interface StreamSettings {
  readonly stream: StreamRef;
  /** What it is called in the lease table, if that was said. */
  readonly streamName: string | undefined;
  readonly label: string;
  readonly startAt: StartPosition | undefined;
  readonly kinesis: KinesisSource | undefined;
}

/** The option with every default in place. */
export interface StreamsSettings {
  readonly list: readonly StreamSettings[] | ListStreams;
  readonly everyMs: number;
  readonly former: FormerStreams;
}

const YEAR_MS = 31_536_000_000;
const LABEL = /^[^/]+$/;

/** A stream as it was named, and what the lease table calls it, if that is how. */
type ParsedStream = Pick<StreamSettings, "stream" | "streamName">;

const streamText: Check<ParsedStream> = parsed(
  "a stream name, a stream ARN or account:name:creationEpochSeconds",
  (text): ParsedStream | undefined => {
    const stream = parseStreamRef(text);
    if (stream !== undefined) return { stream, streamName: undefined };
    const identifier = parseStreamName(text);
    if (identifier === undefined || parseStreamRef(identifier.name) === undefined) return undefined;
    const { account, name } = identifier;
    return { stream: { name, account }, streamName: text };
  },
);

interface CheckedStream {
  readonly stream: ParsedStream;
  readonly label: string | undefined;
  readonly startAt: StartPosition | undefined;
  readonly kinesis: KinesisSource | undefined;
}

const namedStream: Check<CheckedStream> = group({
  stream: required(streamText),
  label: optional(parsed("a text without a slash", (text) => LABEL.exec(text)?.[0])),
  startAt: optional(startAt),
  kinesis: optional(kinesisSource),
});

const streamInput: Check<StreamSettings> = (value, path, problems) => {
  const input = typeof value === "string" ? { stream: value } : value;
  const before = problems.length;
  const { label, stream, ...rest } = namedStream(input, path, problems);
  // What is wrong was told, and nobody will use it.
  const { stream: ref, streamName } = stream ?? { stream: { name: path }, streamName: undefined };
  const name = before === problems.length ? ref.name : path;
  return Object.freeze({ ...rest, stream: ref, streamName, label: label ?? name });
};

const streamList: Check<readonly StreamSettings[]> = (value, path, problems) => {
  if (!Array.isArray(value)) {
    problems.push(wrong(path, "an array of streams", value));
    return [];
  }
  const list = value.map((one, index) => streamInput(one, `${path}[${index}]`, problems));
  const seen = new Set<string>();
  for (const { label } of list) {
    if (seen.has(label)) problems.push(`${path} has ${label} twice; give one of them a label`);
    seen.add(label);
  }
  return Object.freeze(list);
};

const listOrFunction: Check<StreamsSettings["list"]> = (value, path, problems) => {
  return typeof value === "function" ? (value as ListStreams) : streamList(value, path, problems);
};

const deletion: Check<Exclude<FormerStreams, string>> = group({
  deleteAfterMs: required(integer({ min: 60_000, max: YEAR_MS })),
});
const former: Check<FormerStreams> = (value, path, problems) =>
  value === "keep" ? value : deletion(value, path, problems);

const source: Check<StreamsSettings> = group({
  list: required(listOrFunction),
  everyMs: withDefault(integer({ min: 1000, max: YEAR_MS }), 60_000),
  former: withDefault(former, "keep"),
});

/** Checks the option `streams`. */
export const streamsOption: Check<StreamsSettings> = (value, path, problems) => {
  const isShort = Array.isArray(value) || typeof value === "function";
  const settings = source(isShort ? { list: value } : value, path, problems);
  if (Array.isArray(settings.list) && settings.list.length === 0) {
    problems.push(`${path} names no stream`);
  }
  return settings;
};

/** Checks the option `stream` beside it. */
export const noStream: Check<undefined> = matching(
  "left out beside streams",
  (value) => value === undefined,
);

/**
 * Checks what a function has answered.
 * @throws KinesisError INVALID_OPTIONS
 */
export function resolveStreams(answer: unknown): readonly StreamSettings[] {
  return resolveOptions("streams", streamList, answer);
}
