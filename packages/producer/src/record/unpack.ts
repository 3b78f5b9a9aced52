// Carrier -> the records in it, each by itself again, with the tries that were made.
import { type AttemptLog, logOf, joinWith } from "./attempt-log.ts";
import { type Carrier, contentsOf } from "./carrier.ts";
import type { ListedMember } from "./members.ts";
import { type LooseRecord, RECORD_OVERHEAD_BYTES, type RecordContent } from "./pending-record.ts";
import type { Sink } from "./sink.ts";

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

/** Takes a carrier apart for good; each record remembers the tries made so far. */
export function unpack(carrier: Carrier): LooseRecord[] {
  return loosen(carrier, carrier.members.takeApart(), carrier.attempts);
}

/** The same for a carrier whose call nobody waits for any more: it may have been stored. */
export function unpackUnanswered(carrier: Carrier): LooseRecord[] {
  return loosen(carrier, carrier.members.takeApart(), carrier.attempts.followedBy(UNANSWERED));
}

/**
 * What `unpackUnanswered` would answer of records with such sinks, of a carrier that stays as it is. Their data are copies,
 * because the carrier's memory will be another's.
 */
export function peekUnanswered(carrier: Carrier, isSought: (sink: Sink) => boolean): LooseRecord[] {
  return loosen(carrier, carrier.members.list(), carrier.attempts.followedBy(UNANSWERED))
    .filter(({ pending }) => isSought(pending.sink))
    .map(({ content, pending }) => ({
      content: { ...content, data: new Uint8Array(content.data) },
      pending,
    }));
}

function loosen(
  carrier: Carrier,
  members: readonly ListedMember[],
  attempts: AttemptLog,
): LooseRecord[] {
  const { waitingSinceMs } = carrier;
  const contents = contentsOf(carrier);
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
