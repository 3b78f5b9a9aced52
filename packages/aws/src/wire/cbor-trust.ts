// Whether the calls of one kind may go in CBOR. Nothing is risked to find out: first a listing of shards, which changes
// nothing, is asked for in CBOR; if it is answered in CBOR, one call goes so, alone; and if that one is answered well, all
// do. A host that is new behind the same address may not read it any more: so no two calls fail in CBOR without one that was
// answered in JSON between them, and a few of those end it for the life of the client.
//
//   unknown -> listing-asked -> listed -> on-trial -> trusted
//                                 ^          |           |
//                 a call in JSON  |          v           |
//                   was answered  +------ doubted <------+    refused: for good
import type { ApiFailure } from "@shardline/core";

/** `chances`: how many trials may fail before it is refused. */
type Trust =
  | { readonly kind: "unknown" }
  | { readonly kind: "listing-asked" }
  | { readonly kind: "trusted" }
  | { readonly kind: "refused" }
  | { readonly kind: "listed" | "on-trial" | "doubted"; readonly chances: number };

/** How a call is to go. */
export type WireForm = "json" | "cbor";

/** Before anything is known in its favour, and after it went well. */
const CHANCES_OF_A_STRANGER = 1;
const CHANCES_OF_THE_TRUSTED = 3;

/** Failures that say nothing of the form: they come before a body is read, or tell that it was understood. */
const SAYS_NOTHING: ReadonlySet<ApiFailure["kind"]> = new Set([
  "throttled",
  "unreachable",
  "credentials",
  "denied",
  "busy",
  "missing",
  "expired",
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
    this.#trust = isAnsweredInCbor
      ? { kind: "listed", chances: CHANCES_OF_A_STRANGER }
      : { kind: "refused" };
  }

  /** Answers whether to ask again in JSON; `undefined` stands for a call that was given up. */
  notListed(failure: ApiFailure | undefined): boolean {
    const isOpen = saysNothing(failure);
    this.#trust = { kind: isOpen ? "unknown" : "refused" };
    return !isOpen;
  }

  /** The form for a call; one of "cbor" must be followed by `answered` or `failed`. */
  formOfCall(): WireForm {
    if (this.#trust.kind === "trusted") return "cbor";
    if (this.#trust.kind !== "listed") return "json";
    this.#trust = { ...this.#trust, kind: "on-trial" };
    return "cbor";
  }

  answered(isAnsweredInCbor: boolean): void {
    if (!isAnsweredInCbor) this.refuse();
    else if (this.#trust.kind === "on-trial") this.#trust = { kind: "trusted" };
  }

  /** A call in JSON was answered: whatever the trouble with CBOR was, it may be over. */
  answeredInJson(): void {
    if (this.#trust.kind === "doubted") this.#trust = { ...this.#trust, kind: "listed" };
  }

  /**
   * Answers whether the same call may go again in JSON, because it certainly had no effect. `undefined` stands for a
   * call that was given up.
   */
  failed(failure: ApiFailure | undefined): boolean {
    if (failure === undefined || saysNothing(failure)) {
      if (this.#trust.kind === "on-trial") this.#trust = { ...this.#trust, kind: "listed" };
      return false;
    }
    const cannotRead = CANNOT_READ.test(failure.awsName);
    if (cannotRead || isAnswerAtFault(failure)) this.refuse();
    else this.#doubt();
    return cannotRead || failure.kind === "rejected";
  }

  /** Never again. */
  refuse(): void {
    this.#trust = { kind: "refused" };
  }

  #doubt(): void {
    const trust = this.#trust;
    if (trust.kind !== "on-trial" && trust.kind !== "trusted") return;
    const chances = (trust.kind === "trusted" ? CHANCES_OF_THE_TRUSTED : trust.chances) - 1;
    this.#trust = chances > 0 ? { kind: "doubted", chances } : { kind: "refused" };
  }
}

function saysNothing(failure: ApiFailure | undefined): boolean {
  return failure === undefined || SAYS_NOTHING.has(failure.kind);
}

function isAnswerAtFault({ awsName }: ApiFailure): boolean {
  return awsName === "UnreadableAnswer" || awsName === "AnswerMismatch";
}
