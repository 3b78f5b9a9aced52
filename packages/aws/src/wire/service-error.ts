// Error answers of AWS's JSON services, as errors of the SDK's own form: `aws-errors.ts` then need not know which way a
// call went, and users who look into the cause find what they know.

/** As much of an answer as an error is made of. */
interface ErrorAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** What its body says, parsed. */
  readonly content: unknown;
}

/** What an exception of the service is to the SDK. */
class ServiceError extends Error {
  readonly $fault: "client" | "server";
  readonly $metadata: { readonly httpStatusCode: number; readonly requestId?: string };

  constructor({ content, headers, status }: ErrorAnswer) {
    const fields: Readonly<Record<string, unknown>> = Object(content);
    super(textOf(fields["message"]) ?? textOf(fields["Message"]) ?? "UnknownError");
    this.name = nameOf(fields, headers) ?? "Unknown";
    this.$fault = status < 500 ? "client" : "server";
    const requestId = headers["x-amzn-requestid"];
    this.$metadata = {
      httpStatusCode: status,
      ...(requestId === undefined ? {} : { requestId }),
    };
  }
}

/** The exception that an error answer tells. */
export function serviceError(answer: ErrorAnswer): Error {
  return new ServiceError(answer);
}

/** Marks an error of reading an answer with the answer's status, as the SDK does. */
export function withStatus(error: unknown, status: number): unknown {
  if (typeof error === "object" && error !== null && !("$metadata" in error)) {
    Object.assign(error, { $metadata: { httpStatusCode: status } });
  }
  return error;
}

/** In the order in which the SDK looks for it. */
function nameOf(
  fields: Readonly<Record<string, unknown>>,
  headers: Readonly<Record<string, string>>,
): string | undefined {
  const code = Object.keys(fields).find((key) => key.toLowerCase() === "code") ?? "code";
  const name = codeOf(fields["__type"]) ?? codeOf(fields[code]) ?? headers["x-amzn-errortype"];
  // `namespace#Name:http://where-it-is-explained,and more`
  const [said = ""] = name?.split(/[,:]/, 1) ?? [];
  return said.slice(said.indexOf("#") + 1) || undefined;
}

function codeOf(value: unknown): string | undefined {
  return typeof value === "number" ? String(value) : textOf(value);
}

function textOf(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}
