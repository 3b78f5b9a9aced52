// Calls to Kinesis in CBOR on kept connections, and what is read of their answers: nothing but where to read on. No consumer
// can do without that.
import { Agent, request } from "node:http";
import { cbor } from "@smithy/core/cbor";
import type { WorkerTask } from "./worker-task.ts";

/** A piece of a shard, as it came. */
export interface BareAnswer {
  readonly pieces: readonly Buffer[];
  /** Whether nothing comes after it yet. */
  readonly isAtTip: boolean;
}

interface ShardPage {
  readonly Shards: readonly { readonly ShardId: string }[];
  readonly NextToken?: string;
}

interface WhereNext {
  readonly NextShardIterator: string;
  readonly MillisBehindLatest: number;
}

const CONTENT_TYPE = "application/x-amz-cbor-1.1";
/** What follows the records is shorter. */
const TAIL_BYTES = 1024;
/** As many as ours has. */
const MAX_SOCKETS = 24;
const MAP_BEGIN = Buffer.of(0xbf);
/** A text of 17 bytes. */
const NEXT_ITERATOR = Buffer.from("\x71NextShardIterator");

/** The calls of one account to one endpoint. */
export class BareCalls {
  readonly #agent = new Agent({ keepAlive: true, maxSockets: MAX_SOCKETS });
  readonly #endpoint: string;
  readonly #authorization: string;

  constructor({ account, endpoint }: Pick<WorkerTask, "endpoint" | "account">) {
    this.#endpoint = endpoint;
    // Nobody checks the signature, but it says whose streams they are.
    this.#authorization =
      `AWS4-HMAC-SHA256 Credential=${account}/20261121/us-east-1/kinesis/aws4_request, ` +
      "SignedHeaders=host, Signature=0";
  }

  /** Calls an operation; decodes the answer. */
  async ask<Output>(operation: string, input: object): Promise<Output> {
    const pieces = await this.#send(operation, input);
    return cbor.deserialize(Buffer.concat(pieces)) as Output;
  }

  async shardIdsOf(stream: string): Promise<readonly string[]> {
    const ids: string[] = [];
    let input: object = { StreamName: stream };
    for (;;) {
      const { NextToken, Shards } = await this.ask<ShardPage>("ListShards", input);
      ids.push(...Shards.map(({ ShardId }) => ShardId));
      if (NextToken === undefined) return ids;
      input = { NextToken };
    }
  }

  /** Reads a shard from its tip on, again and again, once this has resolved; each call is a read. */
  async pollerOf(stream: string, shardId: string): Promise<() => Promise<BareAnswer>> {
    const place = { StreamName: stream, ShardId: shardId, ShardIteratorType: "LATEST" };
    let { ShardIterator } = await this.ask<{ ShardIterator: string }>("GetShardIterator", place);
    return async () => {
      const pieces = await this.#send("GetRecords", { ShardIterator });
      const { MillisBehindLatest, NextShardIterator } = whereNext(pieces);
      ShardIterator = NextShardIterator;
      return { pieces, isAtTip: MillisBehindLatest === 0 };
    };
  }

  #send(operation: string, input: object): Promise<readonly Buffer[]> {
    const headers = {
      "content-type": CONTENT_TYPE,
      "x-amz-target": `Kinesis_20131202.${operation}`,
      authorization: this.#authorization,
    };
    return new Promise((resolve, reject) => {
      const options = { method: "POST", agent: this.#agent, headers };
      const sent = request(this.#endpoint, options, (answer) => {
        const pieces: Buffer[] = [];
        answer.on("data", (piece: Buffer) => pieces.push(piece));
        answer.once("error", reject);
        answer.once("end", () => {
          if (answer.statusCode === 200) resolve(pieces);
          else reject(new Error(`${operation} was refused: ${Buffer.concat(pieces).toString()}`));
        });
      });
      sent.once("error", reject).end(cbor.serialize(input));
    });
  }
}

/** The end of an answer is read as a map of its own. */
function whereNext(pieces: readonly Buffer[]): WhereNext {
  const last: Buffer[] = [];
  for (let i = pieces.length, bytes = 0; i > 0 && bytes < TAIL_BYTES; ) {
    i -= 1;
    const piece = pieces[i] as Buffer;
    last.unshift(piece);
    bytes += piece.length;
  }
  const tail = Buffer.concat(last);
  const at = tail.lastIndexOf(NEXT_ITERATOR);
  if (at < 0) throw new Error("an answer does not say where to read on");
  return cbor.deserialize(Buffer.concat([MAP_BEGIN, tail.subarray(at)])) as WhereNext;
}
