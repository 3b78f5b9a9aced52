// Whether PutRecords may go in CBOR. Nothing is risked to find out: first a listing of shards, which changes nothing, is
// asked for in CBOR; if it is answered in CBOR, one PutRecords goes so, alone; and if that one is answered well, all do.
// Any doubt ends it for the life of the client.
import type { ApiFailure } from "@shardline/core";

type Trust =
  | { readonly kind: "unknown" }
  | { readonly kind: "listing-asked" }
  | { readonly kind: "listing-answered" }
  | { readonly kind: "trial-under-way" }
  | { readonly kind: "trusted" }
  | { readonly kind: "refused" };

/** How a call is to go. */
export type WireForm = "json" | "cbor";

/** Failures that say nothing of the form: they come before a body is read, or tell that it was understood. */
const SAYS_NOTHING: ReadonlySet<ApiFailure["kind"]> = new Set([
  "throttled",
  "unreachable",
  "credentials",
  "denied",
  "busy",
  "missing",
]);

/** Names with which a service says that it cannot read a body: such a call had no effect. */
const CANNOT_READ =
  /^(Serialization|UnknownOperation|UnsupportedOperation|UnsupportedMediaType)(Exception)?$/;

/** One client's trust in its endpoint. */
export class CborTrust {
  #trust: Trust;

  constructor(mayAsk: boolean) {
    this.#trust = { kind: mayAsk ? "unknown" : "refused" };
  }

  /** The form for a listing of shards; one of "cbor" must be followed by `listed` or `notListed`. */
  formOfListing(): WireForm {
    if (this.#trust.kind !== "unknown") return "json";
    this.#trust = { kind: "listing-asked" };
    return "cbor";
  }

  listed(isAnsweredInCbor: boolean): void {
    this.#trust = { kind: isAnsweredInCbor ? "listing-answered" : "refused" };
  }

  /** Answers whether to ask again in JSON; `undefined` stands for a call that was given up. */
  notListed(failure: ApiFailure | undefined): boolean {
    const isOpen = failure === undefined || SAYS_NOTHING.has(failure.kind);
    this.#trust = { kind: isOpen ? "unknown" : "refused" };
    return !isOpen;
  }

  /** The form for a PutRecords; one of "cbor" must be followed by `put` or `notPut`. */
  formOfPut(): WireForm {
    if (this.#trust.kind === "trusted") return "cbor";
    if (this.#trust.kind !== "listing-answered") return "json";
    this.#trust = { kind: "trial-under-way" };
    return "cbor";
  }

  put(isAnsweredInCbor: boolean): void {
    if (this.#trust.kind === "refused") return;
    this.#trust = { kind: isAnsweredInCbor ? "trusted" : "refused" };
  }

  /** Answers whether the same call may go again in JSON, because it certainly had no effect. */
  notPut(failure: ApiFailure | undefined): boolean {
    const cannotRead = failure !== undefined && CANNOT_READ.test(failure.awsName);
    if (cannotRead || isAnswerAtFault(failure)) this.#trust = { kind: "refused" };
    if (this.#trust.kind !== "trial-under-way") return cannotRead;
    const isOpen = failure === undefined || SAYS_NOTHING.has(failure.kind);
    this.#trust = { kind: isOpen ? "listing-answered" : "refused" };
    return cannotRead;
  }
}

function isAnswerAtFault(failure: ApiFailure | undefined): boolean {
  return failure?.awsName === "UnreadableAnswer" || failure?.awsName === "AnswerMismatch";
}
