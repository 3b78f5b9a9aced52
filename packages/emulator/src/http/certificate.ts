// The certificate of a server with TLS: made when it starts, for the names of this machine, signed by itself. The
// library that makes it is loaded by the first server that needs one.
import { toDate } from "@shardline/core";

/** A certificate and its private key, both in PEM. Clients that trust the certificate trust the server. */
export interface Certificate {
  readonly certificate: string;
  readonly privateKey: string;
}

/** Clients may be a day behind. */
const BEFORE_MS = 86_400_000;
/** Longer than any test runs. */
const AFTER_MS = 365 * 86_400_000;
const DNS_NAME = 2;
const IP_ADDRESS = 7;

/** Makes a certificate that is good now, by epoch milliseconds of the clock that clients go by. */
export async function makeCertificate(nowMs: number): Promise<Certificate> {
  const { generate } = await import("selfsigned");
  const made = await generate([{ name: "commonName", value: "Shardline emulator" }], {
    keyType: "ec",
    curve: "P-256",
    algorithm: "sha256",
    notBeforeDate: toDate(nowMs - BEFORE_MS),
    notAfterDate: toDate(nowMs + AFTER_MS),
    extensions: [
      { name: "basicConstraints", cA: false, critical: true },
      { name: "keyUsage", digitalSignature: true, critical: true },
      { name: "extKeyUsage", serverAuth: true },
      {
        name: "subjectAltName",
        altNames: [
          { type: DNS_NAME, value: "localhost" },
          { type: DNS_NAME, value: "host.docker.internal" },
          { type: IP_ADDRESS, ip: "127.0.0.1" },
          { type: IP_ADDRESS, ip: "::1" },
        ],
      },
    ],
  });
  return { certificate: made.cert, privateKey: made.private };
}
