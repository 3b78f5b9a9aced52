// MD5 of several messages: side by side where that is possible and faster, else one after the other.
import { md5 } from "@shardline/core";
import { Md5Lanes } from "./md5-lanes.ts";
import { LANES } from "./md5-lanes-code.ts";

/** Fewer are hashed faster one after the other (`npm run bench -- codec`, "digests"). */
const LEAST_MESSAGES = 3;
/** At least so long, compared with the longest, are messages side by side: it holds up the lanes of the others. */
const LEAST_SHARE = 0.75;
/** Making the code of the lanes takes about as long as hashing this much, and who has less to hash never pays for it. */
const BYTES_BEFORE_LANES: number = 8 * 1024 * 1024;

type Lanes =
  | { readonly kind: "unmade"; readonly bytesHashed: number }
  | { readonly kind: "made"; readonly lanes: Md5Lanes }
  /** No WebAssembly, or no vectors in it, or no leave to make code. */
  | { readonly kind: "impossible" };

/** Shared by all, because it works on one batch at a time and begins each anew. */
let lanes: Lanes = { kind: "unmade", bytesHashed: 0 };

/** The 16-byte digests of messages, in their order. */
export function digestAll(messages: readonly Uint8Array[]): Uint8Array[] {
  const digests = Array.from<Uint8Array>({ length: messages.length });
  for (const group of groupsOf(messages)) {
    const found = digestGroup(group.map((i) => messages[i] as Uint8Array));
    group.forEach((i, place) => {
      digests[i] = found[place] as Uint8Array;
    });
  }
  return digests;
}

/** Groups of messages about as long, by their indexes; in each the longest come first. */
function groupsOf(messages: readonly Uint8Array[]): number[][] {
  const lengthOf = (i: number): number => (messages[i] as Uint8Array).length;
  const groups: number[][] = [];
  let leastLength = 0;
  for (const i of [...messages.keys()].sort((one, other) => lengthOf(other) - lengthOf(one))) {
    const group = groups.at(-1);
    if (group !== undefined && group.length < LANES.all && lengthOf(i) >= leastLength) {
      group.push(i);
    } else {
      groups.push([i]);
      leastLength = lengthOf(i) * LEAST_SHARE;
    }
  }
  return groups;
}

function digestGroup(messages: readonly Uint8Array[]): Uint8Array[] {
  if (messages.length >= LEAST_MESSAGES) {
    if (lanes.kind === "unmade") lanes = makeLanes(lanes.bytesHashed, messages);
    if (lanes.kind === "made") return lanes.lanes.digest(messages);
  }
  return messages.map((message) => md5(message));
}

function makeLanes(bytesBefore: number, messages: readonly Uint8Array[]): Lanes {
  const bytesHashed = messages.reduce((sum, { length }) => sum + length, bytesBefore);
  if (bytesHashed < BYTES_BEFORE_LANES) return { kind: "unmade", bytesHashed };
  try {
    return { kind: "made", lanes: new Md5Lanes() };
  } catch {
    return { kind: "impossible" };
  }
}
