// The members of a failure's body, which are the same in every form of the protocol.
import type { ApiFailure } from "@shardline/core";

/** The exception and its message. The service spells the message of one exception with a capital. */
export function failureMembers({
  awsName,
  reason,
}: Pick<ApiFailure, "awsName" | "reason">): Readonly<Record<string, string>> {
  const member = awsName === "SerializationException" ? "Message" : "message";
  return { __type: awsName, ...(reason === "" ? {} : { [member]: reason }) };
}
