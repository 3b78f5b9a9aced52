// The stream of a lease. In a table of many streams a lease names it by account, name and creation time, but Kinesis is
// asked by the name alone: what answers in this region, with these credentials, may be another stream of that name.
import type { Lease } from "@shardline/consumer";
import { apiFailureOf, type KinesisApi, parseStreamRef, type StreamRef } from "@shardline/core";

export type LeaseStream =
  | { readonly kind: "found"; readonly stream: StreamRef }
  | { readonly kind: "unknown"; readonly reason: string };

export interface LeaseStreamsOptions {
  readonly kinesis: Pick<KinesisApi, "describeStreamSummary">;
  /** As named on the command line. */
  readonly stream: StreamRef | undefined;
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
    const [, name = streamName] = streamName.split(":");
    try {
      const answer = await this.#options.kinesis.describeStreamSummary(
        { stream: { name } },
        signal,
      );
      const account = parseStreamRef(answer.arn)?.account;
      const here = `${account}:${name}:${Math.floor(answer.createdAtMs / 1000)}`;
      if (here === streamName) return { kind: "found", stream: { name } };
      return {
        kind: "unknown",
        reason: `${streamName} is not the stream ${name} of this region and account, which is ${here}; look with those of ${streamName}`,
      };
    } catch (error) {
      signal.throwIfAborted();
      const failure = apiFailureOf(error);
      if (failure === undefined) throw error;
      const reason = `whether ${name} is ${streamName} cannot be told: ${failure.reason}`;
      return { kind: "unknown", reason };
    }
  }
}
