// The stream of a lease. In a table of many streams a lease names it by account, name and a number, which is the creation time
// unless the application gave it another. Kinesis is asked by the name alone: what answers in this region, with these
// credentials, may be another stream of that name.
import type { Lease } from "@shardline/consumer";
import { apiFailureOf, type KinesisApi, parseStreamRef, type StreamRef } from "@shardline/core";

export type LeaseStream =
  | { readonly kind: "found"; readonly stream: StreamRef }
  | { readonly kind: "unknown"; readonly reason: string };

export interface LeaseStreamsOptions {
  readonly kinesis: Pick<KinesisApi, "describeStreamSummary">;
  /** As named on the command line. */
  readonly stream: StreamRef | undefined;
  /** All the streams that the lease table names. */
  readonly streamNames: ReadonlySet<string>;
}

const UNNAMED: LeaseStream = {
  kind: "unknown",
  reason: "the lease table does not say which stream this is; name it with --stream",
};

/** Each stream is asked once. */
export class LeaseStreams {
  readonly #options: LeaseStreamsOptions;
  readonly #asked = new Map<string, Promise<LeaseStream>>();

  constructor(options: LeaseStreamsOptions) {
    this.#options = options;
  }

  /** Rejects only with the signal's reason, or what no service said. */
  async of({ streamName }: Pick<Lease, "streamName">, signal: AbortSignal): Promise<LeaseStream> {
    const { stream } = this.#options;
    if (streamName === undefined) return stream === undefined ? UNNAMED : { kind: "found", stream };
    const asked = this.#asked.get(streamName) ?? this.#find(streamName, signal);
    this.#asked.set(streamName, asked);
    return asked;
  }

  async #find(streamName: string, signal: AbortSignal): Promise<LeaseStream> {
    const [ofAccount, name = streamName] = streamName.split(":");
    const { kinesis, stream: named, streamNames } = this.#options;
    const isNamed = named?.name === name;
    const stream = isNamed ? named : { name };
    try {
      const answer = await kinesis.describeStreamSummary({ stream }, signal);
      const account = parseStreamRef(answer.arn)?.account;
      const here = `${account}:${name}:${Math.floor(answer.createdAtMs / 1000)}`;
      if (account !== ofAccount) return unknown(ofOtherAccount(streamName, here));
      if (here === streamName) return { kind: "found", stream };
      // One that has leases of its own time has no others.
      if (streamNames.has(here)) return unknown(ofOtherTime(streamName, here));
      if (this.#isOneOfSeveral(ofAccount, name)) return unknown(oneOfSeveral(streamName, here));
      return isNamed ? { kind: "found", stream } : unknown(perhapsOfOtherTime(streamName, here));
    } catch (error) {
      signal.throwIfAborted();
      const failure = apiFailureOf(error);
      if (failure === undefined) throw error;
      return unknown(`whether ${name} is ${streamName} cannot be told: ${failure.reason}`);
    }
  }

  /** A stream has one number: of several, all but one at most are of other times or regions. */
  #isOneOfSeveral(account: string | undefined, name: string): boolean {
    const names = [...this.#options.streamNames];
    return names.filter((each) => each.startsWith(`${account}:${name}:`)).length > 1;
  }
}

function unknown(reason: string): LeaseStream {
  return { kind: "unknown", reason };
}

function ofOtherAccount(streamName: string, here: string): string {
  return `${streamName} is of another account than the stream of that name here, which is ${here}; look with the credentials of ${streamName}`;
}

function ofOtherTime(streamName: string, here: string): string {
  return `${streamName} was there before ${here}, or is of another region: the table has leases of both`;
}

function oneOfSeveral(streamName: string, here: string): string {
  return `the stream of that name here was created as ${here}; the table has leases of ${streamName} and of other numbers, and which of them is this stream, if any, cannot be told`;
}

function perhapsOfOtherTime(streamName: string, here: string): string {
  const other = "an earlier stream of that name, one of another region";
  return `the stream of that name here was created as ${here}; ${streamName} is ${other}, or this one under a number of the application's own: then name it with --stream`;
}
