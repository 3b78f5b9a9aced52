// How long the body of a request may be, and what is said about one that is longer.
import { foreignHostAnswer } from "./foreign-host.ts";
import { type HttpRequest, headerOf } from "./http-message.ts";
import { refusal, type WholeAnswer } from "./json-answer.ts";

/** Of one body. */
export interface BodyBound {
  readonly maxBytes: number;
  readonly refused: WholeAnswer;
}

/** What the service takes: 10 MiB of data are 14.0 MB of base64. */
export const MAX_BODY_BYTES = 20_971_520;
/** A snapshot is about as long as what is stored, and three times that is in memory while it is taken up. */
export const MAX_SNAPSHOT_BYTES = 1_073_741_824;

const RESTORE = /^\/_emu\/restore\/?(?:\?.*)?$/;
const OF_A_CALL: BodyBound = {
  maxBytes: MAX_BODY_BYTES,
  refused: { status: 413, headers: { "content-length": "0" }, body: Buffer.alloc(0) },
};

/**
 * Snapshots may be longer than calls, unless they come from a page of elsewhere: under a name of its own, or to this one as
 * what a browser sends without having asked first, which never says that it is bytes.
 */
export function bodyBoundOf(
  request: Pick<HttpRequest, "headers" | "url">,
  maxSnapshotBytes: number,
): BodyBound {
  const isOfBytes = headerOf(request, "content-type")?.startsWith("application/octet-stream");
  const isSnapshot = RESTORE.test(request.url) && isOfBytes === true;
  if (!isSnapshot || foreignHostAnswer(request) !== undefined) return OF_A_CALL;
  const message =
    `the snapshot is longer than ${maxSnapshotBytes} bytes; start the emulator with ` +
    "shardline emulator --restore FILE (up to 2 GiB), or with a larger maxSnapshotBytes (--max-snapshot-bytes)";
  const answer = refusal(413, "SNAPSHOT_TOO_LARGE", message);
  const headers = { ...answer.headers, "content-length": String(answer.body.length) };
  return { maxBytes: maxSnapshotBytes, refused: { ...answer, headers } };
}
