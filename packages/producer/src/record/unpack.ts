// Carrier -> the records in it, each by itself again, with the tries that were made.
import { type AttemptLog, logOf, joinWith } from "./attempt-log.ts";
import { type Carrier, contentsOf } from "./carrier.ts";
import type { ListedMember } from "./members.ts";
import { type LooseRecord, RECORD_OVERHEAD_BYTES, type RecordContent } from "./pending-record.ts";
import type { Sink } from "./sink.ts";

const UNREADABLE: RecordContent = { partitionKey: "", data: new Uint8Array() };

/** Of a call under way whose end is not waited for. */
const UNANSWERED = logOf({
  delayMs: 0,
  durationMs: 0,
  failure: {
    kind: "transient",
    awsName: "Unanswered",
    reason: "the call was under way when it was given up",
    isAmbiguous: true,
  },
});

/**
 * Takes a carrier apart for good; each record remembers the tries made so far. Whoever has settled them or put them
 * elsewhere says so to its `members`: they are found here until then, and by nobody after.
 */
export function unpack(carrier: Carrier): LooseRecord[] {
  return loosen(carrier, contentsOf(carrier), carrier.members.takeApart(), carrier.attempts);
}

/**
 * The same, for whoever gives all of them up: whatever has become of the bytes, which were in the hands of others.
 * `isUnanswered` if its call is not waited for any more, so that it may have been stored.
 */
export function unpackLast(carrier: Carrier, isUnanswered: boolean): LooseRecord[] {
  const { attempts, members } = carrier;
  const tries = isUnanswered ? attempts.followedBy(UNANSWERED) : attempts;
  const contents = contentsLeftOf(carrier);
  const records =
    contents === undefined
      ? loosenUnreadable(carrier, tries)
      : loosen(carrier, contents, members.takeApart(), tries);
  members.end();
  return records;
}

/**
 * What `unpackLast` would answer of records with such sinks, of a carrier that stays as it is. Their data are copies,
 * because the carrier's memory will be another's.
 */
export function peekUnanswered(carrier: Carrier, isSought: (sink: Sink) => boolean): LooseRecord[] {
  const { attempts, members } = carrier;
  const tries = attempts.followedBy(UNANSWERED);
  return loosen(carrier, contentsOf(carrier), members.list(), tries)
    .filter(({ pending }) => isSought(pending.sink))
    .map(({ content, pending }) => ({
      content: { ...content, data: new Uint8Array(content.data) },
      pending,
    }));
}

function contentsLeftOf(carrier: Carrier): readonly RecordContent[] | undefined {
  try {
    return contentsOf(carrier);
  } catch {
    return undefined;
  }
}

/** Better to say that a record is lost, and not which, than to say nothing. What all count for is known only together. */
function loosenUnreadable(carrier: Carrier, attempts: AttemptLog): LooseRecord[] {
  const { members } = carrier;
  const apart = members.takeApart();
  const contents = apart.map(() => UNREADABLE);
  return loosen(carrier, contents, apart, attempts).map(({ content, pending }, i) => ({
    content,
    pending: { ...pending, bytes: i === 0 ? members.bytes : 0 },
  }));
}

function loosen(
  { waitingSinceMs }: Carrier,
  contents: readonly RecordContent[],
  members: readonly ListedMember[],
  attempts: AttemptLog,
): LooseRecord[] {
  const join = joinWith(attempts);
  return members.map((member, i) => {
    const content = contents[i] as RecordContent;
    const earlierAttempts = join(member.earlierAttempts);
    const { data, partitionKey } = content;
    const bytes = data.length + Buffer.byteLength(partitionKey) + RECORD_OVERHEAD_BYTES;
    // Written out, because a spread costs more than the rest of it.
    const { acceptedAtMs, context, epoch, sink, ticket } = member;
    return {
      content,
      pending: {
        acceptedAtMs,
        bytes,
        epoch,
        context,
        earlierAttempts,
        waitingSinceMs,
        sink,
        ticket,
      },
    };
  });
}
