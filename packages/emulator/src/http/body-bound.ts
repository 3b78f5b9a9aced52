// How long the body of a request may be, and what is said about one that is longer.
import { foreignHostAnswer } from "./foreign-host.ts";
import { type HttpRequest, mediaTypeOf } from "./http-message.ts";
import { refusal, type WholeAnswer, wrongMediaType } from "./json-answer.ts";

/** Of one body. */
export interface BodyBound {
  readonly maxBytes: number;
  readonly refused: WholeAnswer;
}

/** What the service takes: 10 MiB of data are 14.0 MB of base64. */
export const MAX_BODY_BYTES = 20_971_520;
/** A snapshot is about as long as what is stored, and three times that is in memory while it is taken up. */
export const MAX_SNAPSHOT_BYTES = 1_073_741_824;

/** What a snapshot has to be sent as. */
export const SNAPSHOT_TYPE = "application/octet-stream";

const RESTORE = /^\/_emu\/restore\/?(?:\?.*)?$/;
const NOTHING: WholeAnswer = { status: 413, headers: {}, body: Buffer.alloc(0) };
const OF_A_CALL = boundOf(MAX_BODY_BYTES, NOTHING);
const OF_NO_SNAPSHOT = boundOf(MAX_BODY_BYTES, wrongMediaType(SNAPSHOT_TYPE));

/**
 * Snapshots may be longer than calls, unless they come from a page of elsewhere: under a name of its own, or to this one as
 * what a browser sends without having asked first, which never says that it is bytes.
 */
export function bodyBoundOf(
  request: Pick<HttpRequest, "headers" | "url">,
  maxSnapshotBytes: number,
): BodyBound {
  const isSnapshot = RESTORE.test(request.url) && foreignHostAnswer(request) === undefined;
  if (!isSnapshot) return OF_A_CALL;
  if (mediaTypeOf(request) !== SNAPSHOT_TYPE) return OF_NO_SNAPSHOT;
  const message =
    `the snapshot is longer than ${maxSnapshotBytes} bytes; start the emulator with ` +
    "shardline emulator --restore FILE (up to 2 GiB), or with a larger maxSnapshotBytes (--max-snapshot-bytes)";
  return boundOf(maxSnapshotBytes, refusal(413, "SNAPSHOT_TOO_LARGE", message));
}

function boundOf(maxBytes: number, answer: WholeAnswer): BodyBound {
  const headers = { ...answer.headers, "content-length": String(answer.body.length) };
  return { maxBytes, refused: { ...answer, headers } };
}
