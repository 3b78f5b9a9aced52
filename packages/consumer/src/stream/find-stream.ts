// A named stream -> what it is, what its leases are called, and a table of them that holds none of an older stream.
import {
  apiFailureOf,
  type BackoffPlan,
  backoffMs,
  type KinesisApi,
  KinesisError,
  parseStreamRef,
  sleep,
  type StreamRef,
  type StreamSummary,
} from "@shardline/core";
import { streamNameOf } from "../lease/lease-key.ts";
import type { LeaseTable } from "../lease/lease-table.ts";
import { lookAtTable } from "../lease/table-look.ts";
import { describeStream } from "../shard/describe-stream.ts";
import { settleLeases, type StreamIdentityOptions } from "../shard/stream-identity.ts";
import { streamNotFound } from "../shard/stream-not-found.ts";
import { streamRecreated } from "../shard/stream-recreated.ts";
import { StreamLeases } from "./stream-leases.ts";
import type { StreamSettings } from "./stream-settings.ts";

const THROTTLE_BACKOFF: BackoffPlan = { baseMs: 200, maxMs: 5000 };

/** A stream that can be read. */
export interface FoundStream {
  readonly stream: StreamRef;
  readonly streamName: string;
  /** Where its name was found out: when it was created. */
  readonly epoch: number | undefined;
  readonly table: LeaseTable;
  /** What it said about itself, unless it does not say. */
  readonly summary: StreamSummary | undefined;
}

export interface FindStreamOptions extends StreamIdentityOptions {
  readonly kinesis: KinesisApi;
  /** Looks at the whole table. */
  readonly list: LeaseTable["list"];
  /** Whether no other stream of that name is read. */
  readonly isOnlyNamesake: () => boolean;
}

interface Identity {
  readonly stream: StreamRef;
  readonly streamName: string;
  readonly isNameFound: boolean;
  readonly summary: StreamSummary | undefined;
}

/**
 * Finds out what a stream is. A name that was given is taken as it stands, even if the stream does not tell what it is.
 * @throws KinesisError STREAM_NOT_FOUND, STREAM_RECREATED, API_CALL_FAILED
 */
export async function findStream(
  { stream, streamName }: Pick<StreamSettings, "stream" | "streamName">,
  options: FindStreamOptions,
  signal: AbortSignal,
): Promise<FoundStream> {
  const { clock, isOnlyNamesake, list, table: whole } = options;
  const identity =
    streamName === undefined
      ? await identify(stream, options, signal)
      : await describeNamed(stream, streamName, options, signal);
  const { isNameFound } = identity;
  const table = new StreamLeases({ ...identity, isOnlyNamesake, list, table: whole });
  const look = await lookAtTable(table, clock, signal);
  const settled = await settleLeases(
    identity.stream,
    Promise.resolve(identity.stream),
    { ...options, table },
    look,
    signal,
  );
  const epoch = isNameFound ? identity.stream.epoch : undefined;
  // Created again while its leases were looked at.
  if (isNameFound && settled.stream.epoch !== epoch) throw streamRecreated(stream);
  return { ...identity, epoch, table, stream: settled.stream };
}

async function identify(
  stream: StreamRef,
  options: FindStreamOptions,
  signal: AbortSignal,
): Promise<Identity> {
  const summary = await describe(stream, options, signal);
  const account = stream.account ?? parseStreamRef(summary.arn)?.account;
  if (account === undefined) throw unnameable(stream);
  const found = { ...stream, account, epoch: Math.floor(summary.createdAtMs / 1000) };
  return { summary, stream: found, streamName: streamNameOf(found), isNameFound: true };
}

/** An account may ask twenty times a second, and when a worker starts all its streams ask. */
async function describe(
  stream: StreamRef,
  { clock, events, kinesis, random }: FindStreamOptions,
  signal: AbortSignal,
): Promise<StreamSummary> {
  for (let failures = 1; ; failures += 1) {
    try {
      return await kinesis.describeStreamSummary({ stream }, signal);
    } catch (error) {
      signal.throwIfAborted();
      const failure = apiFailureOf(error);
      if (failure?.kind === "missing") throw streamNotFound(stream, error);
      if (failure?.kind !== "throttled") throw error;
      events.emit("streamUnidentified", { stream: stream.name, reason: failure.reason });
      await sleep(clock, backoffMs(THROTTLE_BACKOFF, failures, random), signal);
    }
  }
}

async function describeNamed(
  stream: StreamRef,
  streamName: string,
  options: FindStreamOptions,
  signal: AbortSignal,
): Promise<Identity> {
  let summary: StreamSummary | undefined;
  const onDescribed = (told: StreamSummary): void => {
    summary = told;
  };
  const described = await describeStream(stream, { ...options, onDescribed }, signal);
  const account = summary === undefined ? undefined : parseStreamRef(summary.arn)?.account;
  if (account !== undefined && account !== stream.account) throw ofOther(streamName, account);
  return { summary, streamName, stream: described ?? stream, isNameFound: false };
}

/** Positions of one stream are none of another. */
function ofOther(streamName: string, account: string): KinesisError {
  const problem = `the stream that answers to ${streamName} is of account ${account}; name it by its ARN, or give it a kinesis of its account`;
  return new KinesisError("INVALID_OPTIONS", {
    message: problem,
    isRetryable: false,
    details: { problems: [problem] },
  });
}

/** Its leases are named by its account. */
function unnameable({ name }: StreamRef): KinesisError {
  const problem = `stream ${name} does not tell its account; name it by its ARN`;
  return new KinesisError("INVALID_OPTIONS", {
    message: problem,
    isRetryable: false,
    details: { problems: [problem] },
  });
}
