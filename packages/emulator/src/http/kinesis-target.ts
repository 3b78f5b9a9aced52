// Which operation of Kinesis a request means and in which form it speaks, or how it is refused before its body is
// read: the service's first three steps, in their order. The path does not matter to it.
import { failureOf } from "../api-failures.ts";
import { type HttpAnswer, type HttpRequest, headerOf, mediaTypeOf } from "./http-message.ts";
import { OPERATIONS } from "../operations.ts";
import { CBOR_CONTENT_TYPE, type Wire } from "../wire/wire.ts";
import { JSON_WIRE } from "../wire/wire-json.ts";

/** What a request turned out to be. */
export type KinesisTarget =
  | { readonly kind: "call"; readonly operation: string; readonly wire: Wire }
  | { readonly kind: "refused"; readonly answer: HttpAnswer };

const KINESIS = /^Kinesis_20131202\.(\w+)$/;
/** Names some service and some operation, whichever they are. */
const ANY_TARGET = /^[^.]+\.[^.]/;

const UNDETERMINED = `<AccessDeniedException>
  <Message>Unable to determine service/operation name to be authorized</Message>
</AccessDeniedException>
`;
const UNKNOWN = "<UnknownOperationException/>\n";

/** Finds the operation of a request. */
export async function targetOf(request: HttpRequest): Promise<KinesisTarget> {
  if (request.method !== "POST") return refused(403, UNDETERMINED);
  const target = headerOf(request, "x-amz-target") ?? "";
  const wire = await wireOf(request);
  if (wire === undefined) {
    return ANY_TARGET.test(target) ? refused(404, UNKNOWN) : refused(403, UNDETERMINED);
  }
  const [, operation] = KINESIS.exec(target) ?? [];
  if (operation !== undefined && OPERATIONS.has(operation))
    return { kind: "call", operation, wire };
  const body = wire.encodeFailure(failureOf("UnknownOperationException", ""));
  const headers = { "content-type": wire.contentType };
  return { kind: "refused", answer: { status: 400, headers, body } };
}

/** Kept, because to import a module again takes a third of the time of a small call. */
let cborModule: Promise<{ readonly CBOR_WIRE: Wire }> | undefined;

/** CBOR is loaded by the first request that speaks it: most emulators never meet one, and start sooner without. */
async function wireOf(request: HttpRequest): Promise<Wire | undefined> {
  const type = mediaTypeOf(request);
  if (type === JSON_WIRE.contentType) return JSON_WIRE;
  if (type !== CBOR_CONTENT_TYPE) return undefined;
  cborModule ??= import("../wire/wire-cbor.ts");
  return (await cborModule).CBOR_WIRE;
}

function refused(status: number, body: string): KinesisTarget {
  return { kind: "refused", answer: { status, headers: {}, body: Buffer.from(body) } };
}
