import type { ApiFailure, ApiFailureKind } from "@shardline/core";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { failureOfEntry, failureOfError } from "../src/aws-errors.ts";

type Verdict = readonly [kind: ApiFailureKind, isAmbiguous: boolean];
type Row = readonly [what: string, error: unknown, ...verdict: Verdict];

/** An exception as the SDK makes one of an error answer. */
function exception(name: string, status = 400, message = "because"): Error {
  const $fault = status < 500 ? "client" : "server";
  return Object.assign(new Error(message), { name, $fault, $metadata: { httpStatusCode: status } });
}

/** An error of a connection, with the SDK's name for it if it gives one. */
function network(code: string, syscall?: string, message = `${syscall} ${code}`): Error {
  return Object.assign(new Error(message), { code, ...(syscall === undefined ? {} : { syscall }) });
}

function named(name: string, message = "because"): Error {
  return Object.assign(new Error(message), { name });
}

/** A body that the SDK could not parse. */
function unparsed(status: number): Error {
  const error = new SyntaxError('Unexpected token, "secret" is not valid JSON');
  return Object.assign(error, { $metadata: { httpStatusCode: status } });
}

function verdictOf({ kind, isAmbiguous }: ApiFailure): Verdict {
  return [kind, isAmbiguous];
}

const NAMED: readonly (readonly [kind: ApiFailureKind, names: readonly string[]])[] = [
  [
    "throttled",
    [
      "ProvisionedThroughputExceededException",
      "ThrottlingException",
      "Throttling",
      "ThrottledException",
      "RequestThrottledException",
      "RequestLimitExceeded",
      "BandwidthLimitExceeded",
      "LimitExceededException",
      "TooManyRequestsException",
      "SlowDown",
      "KMSThrottlingException",
    ],
  ],
  [
    "credentials",
    [
      "ExpiredToken",
      "ExpiredTokenException",
      "UnrecognizedClientException",
      "InvalidClientTokenId",
      "InvalidSignatureException",
      "IncompleteSignature",
      "IncompleteSignatureException",
      "SignatureDoesNotMatch",
      "MissingAuthenticationTokenException",
      "RequestExpired",
      "RequestTimeTooSkewed",
    ],
  ],
  [
    "denied",
    [
      "AccessDenied",
      "AccessDeniedException",
      "NotAuthorized",
      "UnauthorizedOperation",
      "OptInRequired",
      "KMSAccessDeniedException",
      "KMSDisabledException",
      "KMSInvalidStateException",
      "KMSNotFoundException",
      "KMSOptInRequired",
    ],
  ],
  ["busy", ["ResourceInUseException"]],
  ["missing", ["ResourceNotFoundException"]],
  ["expired", ["ExpiredIteratorException", "ExpiredNextTokenException"]],
  [
    "rejected",
    [
      "ValidationException",
      "InvalidArgumentException",
      "SerializationException",
      "UnknownOperationException",
      "NeverHeardOfException",
    ],
  ],
];

describe("an exception's name gives its kind, and tells that nothing was done", () => {
  const rows = NAMED.flatMap(([kind, names]) => names.map((name) => [name, kind] as const));
  test.each(rows)("%s is %s", (name, kind) => {
    expect(failureOfError(exception(name))).toEqual({
      kind,
      awsName: name,
      reason: "because",
      isAmbiguous: false,
    });
  });
});

describe("a fault of the service is transient, and ambiguous unless the service was unavailable", () => {
  const rows: readonly Row[] = [
    ["InternalFailure", exception("InternalFailure", 500), "transient", true],
    ["InternalFailureException", exception("InternalFailureException", 500), "transient", true],
    ["InternalFailure with a 400", exception("InternalFailure", 400), "transient", true],
    ["ServiceUnavailable", exception("ServiceUnavailable", 503), "transient", false],
    [
      "ServiceUnavailableException",
      exception("ServiceUnavailableException", 503),
      "transient",
      false,
    ],
    ["RequestTimeoutException", exception("RequestTimeoutException", 408), "transient", true],
    ["RequestAbortedException", exception("RequestAbortedException", 400), "transient", true],
    ["an unknown name with a 500", exception("OutOfCheese", 500), "transient", true],
    ["an unknown name with a 502", exception("OutOfCheese", 502), "transient", true],
  ];
  test.each(rows)("%s", (_what, error, ...verdict) => {
    expect(verdictOf(failureOfError(error))).toEqual(verdict);
  });
});

describe("the status decides where no exception is named", () => {
  const nameless = (status: number) => exception("Unknown", status, "UnknownError");
  const rows: readonly Row[] = [
    ["413", nameless(413), "rejected", false],
    ["413 in HTML", unparsed(413), "rejected", false],
    ["429", nameless(429), "throttled", false],
    ["500", nameless(500), "transient", true],
    ["502 in HTML", unparsed(502), "transient", true],
    ["503", nameless(503), "transient", false],
    ["503 in HTML", unparsed(503), "transient", false],
    ["504", nameless(504), "transient", true],
    ["403 of something in between", unparsed(403), "transient", true],
    ["404 of something in between", nameless(404), "transient", true],
    ["301", unparsed(301), "transient", true],
  ];
  test.each(rows)("%s", (_what, error, ...verdict) => {
    expect(verdictOf(failureOfError(error))).toEqual(verdict);
  });

  test.each([
    [401, "denied"],
    [403, "denied"],
    [408, "transient"],
    [409, "rejected"],
  ] as const)("an unknown exception with a %i is %s", (status, kind) => {
    expect(failureOfError(exception("NeverHeardOf", status)).kind).toBe(kind);
  });

  test("the status stands for the name", () => {
    expect(failureOfError(nameless(413))).toEqual({
      kind: "rejected",
      awsName: "Http413",
      reason: "the answer was HTTP 413 and named no exception",
      isAmbiguous: false,
    });
  });
});

describe("what failed before anything was sent is unreachable and not ambiguous", () => {
  const connectTimeout = named(
    "TimeoutError",
    "@smithy/node-http-handler - the request socket did not establish a connection with the server",
  );
  const brokenHandshake = network(
    "ECONNRESET",
    undefined,
    "Client network socket disconnected before secure TLS connection was established",
  );
  const wrongVersion = network(
    "EPROTO",
    "write",
    "write EPROTO 80:SSL routines:wrong version number",
  );
  const rows: readonly (readonly [what: string, error: unknown])[] = [
    ["a refused connection", network("ECONNREFUSED", "connect")],
    ["a name that is not known", network("ENOTFOUND", "getaddrinfo")],
    ["a name service that does not answer", network("EAI_AGAIN", "getaddrinfo")],
    ["a host that is not reachable", network("EHOSTUNREACH", "connect")],
    ["a connection that the system gave up", network("ETIMEDOUT", "connect")],
    ["no free port of our own", network("EADDRNOTAVAIL", "connect")],
    ["the connect timeout", connectTimeout],
    ["a handshake that broke off", brokenHandshake],
    ["a server that does not speak TLS", wrongVersion],
    ["a handshake alert", network("ERR_SSL_SSLV3_ALERT_HANDSHAKE_FAILURE", undefined, "alert")],
    ["a self-signed certificate", network("DEPTH_ZERO_SELF_SIGNED_CERT", undefined, "no")],
    ["a certificate that is too old", network("CERT_HAS_EXPIRED", undefined, "no")],
    ["an unknown issuer", network("UNABLE_TO_VERIFY_LEAF_SIGNATURE", undefined, "no")],
    ["a certificate for another name", network("ERR_TLS_CERT_ALTNAME_INVALID", undefined, "no")],
  ];
  test.each(rows)("%s", (_what, error) => {
    expect(verdictOf(failureOfError(error))).toEqual(["unreachable", false]);
  });
});

describe("what failed once something may have been sent is transient and ambiguous", () => {
  const rows: readonly (readonly [what: string, error: unknown, awsName: string])[] = [
    ["a reset", network("ECONNRESET", "read"), "ECONNRESET"],
    ["a hang-up", network("ECONNRESET", undefined, "socket hang up"), "ECONNRESET"],
    ["a broken pipe", network("EPIPE", "write"), "EPIPE"],
    ["the request timeout", network("ETIMEDOUT", undefined, "exceeded"), "TimeoutError"],
    ["a socket that fell silent", named("TimeoutError", "of inactivity"), "TimeoutError"],
    ["an unreachable host in the middle", network("EHOSTUNREACH", "read"), "EHOSTUNREACH"],
    ["a corrupt TLS record", network("EPROTO", "read", "bad record mac"), "EPROTO"],
    [
      "an answer that is not HTTP",
      network("HPE_INVALID_CONSTANT", undefined, "no"),
      "HPE_INVALID_CONSTANT",
    ],
    [
      "an HTTP/2 stream that broke",
      network("ERR_HTTP2_STREAM_ERROR", undefined, "no"),
      "ERR_HTTP2_STREAM_ERROR",
    ],
    ["an abort that was not ours", named("AbortError"), "AbortError"],
    ["an answer that is not JSON", unparsed(200), "UnreadableAnswer"],
    ["an error nobody has heard of", named("Surprise"), "Surprise"],
    ["a thrown string", "oops", "string"],
    ["nothing at all", undefined, "undefined"],
  ];
  test.each(rows)("%s", (_what, error, awsName) => {
    expect(failureOfError(error)).toMatchObject({ kind: "transient", awsName, isAmbiguous: true });
  });
});

describe("wrapped errors", () => {
  test("a cause is understood through its wrapping", () => {
    const wrapped = new Error("request failed", { cause: network("ECONNREFUSED", "connect") });
    expect(failureOfError(new Error("outer", { cause: wrapped }))).toEqual({
      kind: "unreachable",
      awsName: "ECONNREFUSED",
      reason: "connect ECONNREFUSED",
      isAmbiguous: false,
    });
  });

  test("a credential provider that could not connect is a matter of credentials", () => {
    const error = named("CredentialsProviderError", "could not load");
    error.cause = network("ECONNREFUSED", "connect");
    expect(verdictOf(failureOfError(error))).toEqual(["credentials", false]);
  });

  test("causes that run in a circle end", () => {
    const error = named("Surprise");
    error.cause = error;
    expect(failureOfError(error).awsName).toBe("Surprise");
  });

  test("several refused addresses, whose error has no text, still give a reason", () => {
    const error = Object.assign(new AggregateError([network("ECONNREFUSED", "connect")]), {
      code: "ECONNREFUSED",
    });
    expect(failureOfError(error)).toMatchObject({
      kind: "unreachable",
      awsName: "ECONNREFUSED",
      reason: "ECONNREFUSED",
    });
  });
});

describe("the reason", () => {
  test("never repeats what a parser quotes of an answer", () => {
    expect(JSON.stringify(failureOfError(unparsed(200)))).not.toContain("secret");
    expect(JSON.stringify(failureOfError(unparsed(503)))).not.toContain("secret");
  });

  test("never repeats the request that a refused signature is explained with", () => {
    const error = exception(
      "InvalidSignatureException",
      403,
      "The signature does not match.\n\nThe Canonical String is\nx-amz-security-token:secret",
    );
    expect(failureOfError(error).reason).toBe("The signature does not match.");
  });
});

describe("an entry of PutRecords", () => {
  test.each([
    ["ProvisionedThroughputExceededException", "throttled", false],
    ["InternalFailure", "transient", true],
    ["ServiceUnavailable", "transient", false],
    ["InvalidArgumentException", "rejected", false],
    ["KMSThrottlingException", "throttled", false],
    ["NeverHeardOf", "transient", true],
  ] as const)("with %s is %s", (code, kind, isAmbiguous) => {
    expect(failureOfEntry(code, "why")).toEqual({
      kind,
      awsName: code,
      reason: "why",
      isAmbiguous,
    });
  });

  test("with neither a number nor a code is transient and ambiguous", () => {
    expect(failureOfEntry(undefined, undefined)).toEqual({
      kind: "transient",
      awsName: "AnswerMismatch",
      reason: "neither a sequence number nor an error code",
      isAmbiguous: true,
    });
  });
});

test("whatever is thrown, a failure with a name and a reason comes of it", () => {
  const field = fc.oneof(fc.string(), fc.anything());
  const error = fc.record(
    { name: field, message: field, code: field, syscall: field, cause: field, $fault: field },
    { requiredKeys: [] },
  );
  fc.assert(
    fc.property(fc.oneof(fc.anything(), error), (thrown) => {
      const { awsName, reason } = failureOfError(thrown);
      expect([awsName, reason]).toEqual([expect.stringMatching(/./s), expect.stringMatching(/./s)]);
    }),
  );
});

describe("an error answer that asks to wait", () => {
  const answered = (headers: unknown): ApiFailure =>
    failureOfError(Object.assign(exception("ThrottlingException"), { $response: { headers } }));

  test.each(["retry-after", "Retry-After"])("tells for how long (%s)", (name) => {
    expect(answered({ date: "now", [name]: "7" })).toMatchObject({
      kind: "throttled",
      retryAfterMs: 7000,
    });
  });

  test.each(
    [undefined, {}, null, { "retry-after": "Fri, 20 Nov 2026 07:28:00 GMT" }].concat(
      ["", "-1", "1.5", "1e9", "9999999999", 5].map((value) => ({ "retry-after": value }) as never),
    ),
  )("tells nothing in other words: %j", (headers) => {
    expect(answered(headers)).not.toHaveProperty("retryAfterMs");
  });
});
