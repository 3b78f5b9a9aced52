// The AWS SDK for JavaScript, made to speak CBOR 1.1 to Kinesis: its JSON protocol over its CBOR codec. That codec
// takes a time for seconds, where Kinesis has milliseconds, so times that it reads are off by that.
import type { KinesisClientConfig } from "@aws-sdk/client-kinesis";
import { AwsJson1_1Protocol } from "@aws-sdk/core/protocols";
import { CborCodec } from "@smithy/core/cbor";

type Protocol = AwsJson1_1Protocol;

class AwsCbor1_1Protocol extends AwsJson1_1Protocol {
  constructor(options: ConstructorParameters<typeof AwsJson1_1Protocol>[0]) {
    super(options);
    const codec = new CborCodec();
    this.serializer = codec.createSerializer();
    this.deserializer = codec.createDeserializer();
  }

  override async serializeRequest(
    ...args: Parameters<Protocol["serializeRequest"]>
  ): ReturnType<Protocol["serializeRequest"]> {
    const request = await super.serializeRequest(...args);
    request.headers["content-type"] = this.getDefaultContentType();
    // What the JSON protocol writes where an operation has no input.
    if (request.body === "{}") request.body = Uint8Array.of(0xa0);
    return request;
  }

  override getDefaultContentType(): string {
    return "application/x-amz-cbor-1.1";
  }
}

/** Makes a client speak CBOR. */
export const SPEAKS_CBOR: Pick<KinesisClientConfig, "protocol"> = { protocol: AwsCbor1_1Protocol };
