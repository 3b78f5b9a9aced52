// Checks signatures as the service does: strictly, and by nobody's code but this
// (https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html, read 2026-11-21).
import { createHash, createHmac, timingSafeEqual } from "node:crypto";
import type { SeenRequest } from "./kinesis-server.ts";

/** Who may sign, where, and what time it is there. */
export interface Expected {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
  readonly region: string;
  readonly service: string;
  readonly nowMs: number;
}

type Signed = Pick<SeenRequest, "bytes" | "headers" | "method" | "url">;

const MAX_SKEW_MS = 5 * 60_000;
const FORM =
  /^AWS4-HMAC-SHA256 Credential=([^/, ]+)\/(\d{8})\/([^/, ]+)\/([^/, ]+)\/aws4_request, SignedHeaders=([a-z0-9:;-]+), Signature=([0-9a-f]{64})$/;
/** Whatever else is sent, these have to be signed. */
const MUST_BE_SIGNED = ["content-type", "host", "x-amz-date", "x-amz-target"];

/** What is wrong with a request's signature; `undefined` if nothing is. */
export function faultOfSignature(request: Signed, expected: Expected): string | undefined {
  const form = FORM.exec(header(request, "authorization") ?? "");
  if (form === null) return "the authorization has another form";
  const [, keyId, day = "", region, service, names = "", signature = ""] = form;
  if (keyId !== expected.accessKeyId) return "another access key";
  if (region !== expected.region || service !== expected.service) return "another scope";
  if (header(request, "x-amz-security-token") !== expected.sessionToken) return "another token";
  const signedNames = names.split(";");
  if (signedNames.join() !== [...signedNames].sort().join()) return "names are not sorted";
  const required = [...MUST_BE_SIGNED, ...(expected.sessionToken ? ["x-amz-security-token"] : [])];
  const missing = required.find((name) => !signedNames.includes(name));
  if (missing !== undefined) return `${missing} is not signed`;
  const date = header(request, "x-amz-date") ?? "";
  if (!date.startsWith(`${day}T`)) return "the scope is of another day";
  if (Math.abs(timeOf(date) - expected.nowMs) > MAX_SKEW_MS) return "signature expired";
  const bodyHash = sha256(request.bytes);
  if ((header(request, "x-amz-content-sha256") ?? bodyHash) !== bodyHash) return "another body";
  const scope = `${day}/${region}/${service}/aws4_request`;
  const text = ["AWS4-HMAC-SHA256", date, scope, sha256(canonical(request, signedNames, bodyHash))];
  const key = [region, service, "aws4_request"].reduce(
    (secret, part) => hmac(secret, part),
    hmac(`AWS4${expected.secretAccessKey}`, day),
  );
  const right = hmac(key, text.join("\n"));
  return timingSafeEqual(right, Buffer.from(signature, "hex")) ? undefined : "another signature";
}

function canonical(request: Signed, names: readonly string[], bodyHash: string): string {
  const [path = "/", query = ""] = request.url.split("?");
  const headers = names.map((name) => {
    const value = header(request, name) ?? "";
    return `${name}:${value.trim().replaceAll(/ +/g, " ")}\n`;
  });
  const { method } = request;
  const segments = path.split("/").map(encode).join("/");
  return [method, segments, sorted(query), headers.join(""), names.join(";"), bodyHash].join("\n");
}

function sorted(query: string): string {
  return query
    .split("&")
    .filter((pair) => pair !== "")
    .sort()
    .join("&");
}

/** Once more than the path is encoded already. */
function encode(segment: string): string {
  return encodeURIComponent(segment).replaceAll(
    /[!'()*]/g,
    (mark) => `%${mark.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

function header({ headers }: Signed, name: string): string | undefined {
  const value = headers[name];
  return Array.isArray(value) ? value.join(",") : value;
}

function timeOf(date: string): number {
  const [, year, month, day, hour, minute, second] =
    /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(date) ?? [];
  return Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
}

function sha256(bytes: string | Buffer): string {
  return createHash("sha256").update(bytes).digest("hex");
}

function hmac(key: string | Buffer, text: string): Buffer {
  return createHmac("sha256", key).update(text).digest();
}
