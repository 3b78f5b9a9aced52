// The client that subscribes to shards, where its transport differs from that of the other calls.
import { KinesisClient, type KinesisClientConfig } from "@aws-sdk/client-kinesis";
import { NodeHttp2Handler, type NodeHttp2HandlerOptions } from "@smithy/node-http-handler";

/** A client that is made when it is first asked for: most programs never subscribe. */
export class SubscribingClient implements Disposable {
  readonly #client: KinesisClient;
  readonly #config: KinesisClientConfig;
  readonly #http2: NodeHttp2HandlerOptions;
  #made: KinesisClient | undefined;

  /** Takes all but the transport from a client and the configuration that it was made of. */
  constructor(client: KinesisClient, config: KinesisClientConfig, http2: NodeHttp2HandlerOptions) {
    this.#client = client;
    this.#config = config;
    this.#http2 = http2;
  }

  get client(): KinesisClient {
    const { credentials, region } = this.#client.config;
    this.#made ??= new KinesisClient({
      ...this.#config,
      // Found out once for both.
      credentials,
      region,
      requestHandler: new NodeHttp2Handler(this.#http2),
    });
    return this.#made;
  }

  [Symbol.dispose](): void {
    this.#made?.destroy();
  }
}
