// The Kinesis clients of a worker. Streams that are read with the same source, in the same region, share one.
import { type KinesisSource, type OpenKinesis, openKinesis } from "@shardline/aws";
import type { KinesisApi } from "@shardline/core";

/** A client in use; to be given back once. */
export interface KinesisLoan extends Disposable {
  readonly api: KinesisApi;
}

interface Client {
  readonly open: OpenKinesis;
  users: number;
}

/** Stands for the SDK's own configuration, which no source is. */
const DEFAULT: KinesisSource = {};

export class KinesisClients implements Disposable {
  readonly #clients = new Map<KinesisSource, Map<string | undefined, Client>>();
  readonly #onSlow: (stream: string) => void;

  /** `onSlow`: a client opens a connection for every request; with a stream that it was opened for. */
  constructor(onSlow: (stream: string) => void) {
    this.#onSlow = onSlow;
  }

  /** `region`: where the stream is, for a source that is configuration and nothing ready. */
  open(stream: string, source: KinesisSource = DEFAULT, region?: string): KinesisLoan {
    const place = isConfiguration(source) ? region : undefined;
    const ofSource = this.#clients.get(source) ?? new Map<string | undefined, Client>();
    this.#clients.set(source, ofSource);
    const client = ofSource.get(place) ?? this.#openNew(stream, source, place);
    ofSource.set(place, client);
    client.users += 1;
    let isBack = false;
    return {
      api: client.open.api,
      [Symbol.dispose]: () => {
        if (isBack) return;
        isBack = true;
        client.users -= 1;
        if (client.users === 0) this.#close(source, place, client);
      },
    };
  }

  /** Closes all of them. */
  [Symbol.dispose](): void {
    for (const [source, ofSource] of this.#clients) {
      for (const [place, client] of ofSource) this.#close(source, place, client);
    }
  }

  #openNew(stream: string, source: KinesisSource, region: string | undefined): Client {
    const placed = region === undefined ? source : { ...source, region };
    const open = openKinesis(placed, { mayUseCbor: true });
    void open.isSlow.then((isSlow) => {
      if (isSlow) this.#onSlow(stream);
    });
    return { open, users: 0 };
  }

  #close(source: KinesisSource, region: string | undefined, { open }: Client): void {
    const ofSource = this.#clients.get(source);
    ofSource?.delete(region);
    if (ofSource?.size === 0) this.#clients.delete(source);
    open.close();
  }
}

/** Neither a port nor a client: both can be called. */
function isConfiguration(source: KinesisSource): boolean {
  return !("putRecords" in source) && !("send" in source);
}
