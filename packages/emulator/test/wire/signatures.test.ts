// Signatures: what they say is never checked, only, where that is asked for, that there is one.
import { ListStreamsCommand } from "@aws-sdk/client-kinesis";
import { startEmulator } from "@shardline/emulator";
import { expect, test } from "vitest";
import { exchange, requestOf } from "../support/raw-http.ts";
import { kinesisClient } from "../support/running.ts";

const CREDENTIAL = "Credential=k/20260101/us-east-1/kinesis/aws4_request";
const WHOLE = `AWS4-HMAC-SHA256 ${CREDENTIAL}, SignedHeaders=host, Signature=0`;
const DATE = { "x-amz-date": "20260101T000000Z" };
const QUERY =
  "X-Amz-Algorithm=a&X-Amz-Credential=c&X-Amz-Signature=s&X-Amz-SignedHeaders=h&X-Amz-Date=d";

async function answerTo(
  port: number,
  headers: Readonly<Record<string, string>>,
  query = "",
  body = "{}",
): Promise<{ status: number; type?: string; message?: string }> {
  const request = requestOf("ListStreams", body, headers)
    .toString()
    .replace("/ HTTP", `/${query} HTTP`);
  const answer = await exchange(port, Buffer.from(request));
  const { __type: type, message } = JSON.parse(answer.body) as Record<string, string>;
  return { status: answer.status, ...(type === undefined ? {} : { type, message: message ?? "" }) };
}

test("any signature will do by default, and none at all", async () => {
  await using emulator = await startEmulator();
  for (const headers of [{}, { authorization: "nonsense" }, { authorization: WHOLE }]) {
    expect(await answerTo(emulator.port, headers, `?${QUERY}`)).toEqual({ status: 200 });
  }
});

test("where signatures must be present, the SDK's are, in the header or in the query", async () => {
  await using emulator = await startEmulator({ signatures: "present" });
  using client = kinesisClient(emulator);
  expect((await client.send(new ListStreamsCommand({}))).StreamNames).toEqual([]);
  const signed = { authorization: WHOLE, date: "Thu, 01 Jan 2026 00:00:00 GMT" };
  expect(await answerTo(emulator.port, signed)).toEqual({ status: 200 });
  expect(await answerTo(emulator.port, {}, `?${QUERY}`)).toEqual({ status: 200 });
});

test("where signatures must be present, a request without one, with two or with half of one is refused", async () => {
  await using emulator = await startEmulator({ signatures: "present" });
  const { port } = emulator;
  expect(await answerTo(port, DATE)).toEqual({
    status: 400,
    type: "MissingAuthenticationTokenException",
    message: "Missing Authentication Token",
  });
  expect(await answerTo(port, { ...DATE, authorization: WHOLE }, `?${QUERY}`)).toEqual({
    status: 400,
    type: "InvalidSignatureException",
    message:
      "Found both 'X-Amz-Algorithm' as a query-string param and 'Authorization' as HTTP header.",
  });
  expect(await answerTo(port, { authorization: "AWS4-HMAC-SHA256 Signature=, x" })).toEqual({
    status: 400,
    type: "IncompleteSignatureException",
    message:
      "Authorization header requires 'Credential' parameter. " +
      "Authorization header requires 'Signature' parameter. " +
      "Authorization header requires 'SignedHeaders' parameter. " +
      "Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header. " +
      "Authorization=AWS4-HMAC-SHA256 Signature=, x",
  });
  expect(await answerTo(port, {}, "?X-Amz-Algorithm=a&X-Amz-Date=d&X-Amz-Credential=c")).toEqual({
    status: 400,
    type: "IncompleteSignatureException",
    message:
      "AWS query-string parameters must include 'X-Amz-Signature'. " +
      "AWS query-string parameters must include 'X-Amz-SignedHeaders'. " +
      "Re-examine the query-string parameters.",
  });
});

test("a body that cannot be read is refused before its signature is looked for, and a wrong input after", async () => {
  await using emulator = await startEmulator({ signatures: "present" });
  const { port } = emulator;
  expect((await answerTo(port, {}, "", "{")).type).toBe("SerializationException");
  expect((await answerTo(port, {}, "", '{"Limit":0}')).type).toBe(
    "MissingAuthenticationTokenException",
  );
});
