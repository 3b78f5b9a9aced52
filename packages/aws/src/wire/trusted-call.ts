// A call that goes in the form that is trusted, and what becomes of it counts for the calls that follow.
import type { CborTrust, WireForm } from "./cbor-trust.ts";
import { failureUnless } from "./failure-unless.ts";

/** An answer, and the form that it came in. */
export interface AnswerInForm<Answer> {
  readonly answer: Answer;
  readonly isInCbor: boolean;
}

/** Makes a call in a certain form. */
type CallIn<Call, Answer> = (form: WireForm, call: Call) => Promise<AnswerInForm<Answer>>;

/** Makes calls in CBOR where that is trusted; again in JSON where it certainly was refused for its form. */
export function trustedCalls<Call extends { readonly abortSignal: AbortSignal }, Answer>(
  trust: CborTrust,
  callIn: CallIn<Call, Answer>,
): (call: Call) => Promise<Answer> {
  const callInJson = async (call: Call): Promise<Answer> => {
    const { answer } = await callIn("json", call);
    trust.answeredInJson();
    return answer;
  };
  return async (call) => {
    if (trust.formOfCall() === "json") return callInJson(call);
    try {
      const { answer, isInCbor } = await callIn("cbor", call);
      trust.answered(isInCbor);
      return answer;
    } catch (error) {
      if (!trust.failed(failureUnless(call.abortSignal, error))) throw error;
      const answer = await callInJson(call);
      // What JSON can say was not refused for what it says.
      trust.refuse();
      return answer;
    }
  };
}
