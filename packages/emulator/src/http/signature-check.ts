// Whether a request is signed at all, where that is asked for. What it is signed with is never checked: an emulator
// has nothing to protect, but code that forgets to sign is better found here than at the service.
import type { ApiFailure } from "@shardline/core";
import { failureOf } from "../api-failures.ts";
import { type HttpRequest, headerOf } from "./http-message.ts";

/** The parts of a signature in the `authorization` header. */
const HEADER_PARTS = ["Credential", "Signature", "SignedHeaders"];
/** The parts of one in the query. */
const QUERY_PARTS = [
  "X-Amz-Algorithm",
  "X-Amz-Credential",
  "X-Amz-Signature",
  "X-Amz-SignedHeaders",
  "X-Amz-Date",
];

/** Why a request does not count as signed; `undefined` if it does. */
export function missingSignature(request: HttpRequest): ApiFailure | undefined {
  const header = headerOf(request, "authorization") ?? "";
  const query = new URLSearchParams(request.url.split("?")[1]);
  if (query.has("X-Amz-Algorithm")) {
    return header === "" ? incompleteQuery(query) : signedTwice();
  }
  if (header !== "") return incompleteHeader(header, request);
  return failureOf("MissingAuthenticationTokenException", "Missing Authentication Token");
}

function signedTwice(): ApiFailure {
  return failureOf(
    "InvalidSignatureException",
    "Found both 'X-Amz-Algorithm' as a query-string param and 'Authorization' as HTTP header.",
  );
}

function incompleteHeader(header: string, request: HttpRequest): ApiFailure | undefined {
  const parts = new Map(
    header.split(/[, ]+/).map((part) => part.split("=", 2) as [string, string | undefined]),
  );
  const missing = HEADER_PARTS.filter((name) => (parts.get(name) ?? "") === "").map(
    (name) => `Authorization header requires '${name}' parameter. `,
  );
  const date = headerOf(request, "x-amz-date") ?? headerOf(request, "date") ?? "";
  if (date === "") {
    missing.push(
      "Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header. ",
    );
  }
  return incomplete(missing, `Authorization=${header}`);
}

function incompleteQuery(query: URLSearchParams): ApiFailure | undefined {
  const missing = QUERY_PARTS.filter((name) => (query.get(name) ?? "") === "").map(
    (name) => `AWS query-string parameters must include '${name}'. `,
  );
  return incomplete(missing, "Re-examine the query-string parameters.");
}

function incomplete(missing: readonly string[], hint: string): ApiFailure | undefined {
  if (missing.length === 0) return undefined;
  return failureOf("IncompleteSignatureException", missing.join("") + hint);
}
