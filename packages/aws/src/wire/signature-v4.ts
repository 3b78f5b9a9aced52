// Signature Version 4 of a request to the root path without a query, which is what nearly all calls are
// (https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html, read 2026-11-21). The SDK's
// signer costs several times as much as everything else about a small call (`npm run bench -- consumer`).
import { createHmac, hash } from "node:crypto";

/** Who signs. */
interface SigningIdentity {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
}

/** What a signature is good for. */
export interface SigningScope {
  readonly region: string;
  readonly service: string;
}

/** As much of a request as is signed. */
interface Signable {
  readonly method: string;
  /** In lower case, but for those that are not signed; the hash of the body is among them. */
  readonly headers: Record<string, string>;
}

/** The key of a day, which the secret itself is never used for. */
interface SigningKey extends SigningScope {
  readonly secret: string;
  readonly day: string;
  readonly key: Buffer;
}

const ALGORITHM = "AWS4-HMAC-SHA256";
const HASH_HEADER = "x-amz-content-sha256";
/** What is on the way may change these. */
const UNSIGNED = /^(user-agent|x-amzn-trace-id|authorization)$/i;

/** Signs requests; remembers the key of the day. */
export class SignatureV4 {
  #key: SigningKey | undefined;

  /** Adds the headers that make a request signed at a time, `20261121T130000Z`. */
  sign(request: Signable, identity: SigningIdentity, scope: SigningScope, time: string): void {
    const { headers, method } = request;
    headers["x-amz-date"] = time;
    if (identity.sessionToken !== undefined) {
      headers["x-amz-security-token"] = identity.sessionToken;
    }
    const names = Object.keys(headers)
      .filter((name) => !UNSIGNED.test(name))
      .sort();
    const lines = names.map((name) => `${name}:${trimmed(headers[name] as string)}\n`).join("");
    const signedNames = names.join(";");
    const canonical = `${method}\n/\n\n${lines}\n${signedNames}\n${headers[HASH_HEADER]}`;
    const day = time.slice(0, 8);
    const path = `${day}/${scope.region}/${scope.service}/aws4_request`;
    const text = `${ALGORITHM}\n${time}\n${path}\n${hash("sha256", canonical)}`;
    const signature = createHmac("sha256", this.#keyOf(identity, scope, day))
      .update(text)
      .digest("hex");
    const credential = `${identity.accessKeyId}/${path}`;
    headers["authorization"] =
      `${ALGORITHM} Credential=${credential}, SignedHeaders=${signedNames}, Signature=${signature}`;
  }

  #keyOf({ secretAccessKey: secret }: SigningIdentity, scope: SigningScope, day: string): Buffer {
    const { region, service } = scope;
    const known = this.#key;
    const isSame = known?.secret === secret && known.day === day;
    if (isSame && known.region === region && known.service === service) return known.key;
    let key: string | Buffer = `AWS4${secret}`;
    for (const part of [day, region, service, "aws4_request"]) {
      key = createHmac("sha256", key).update(part).digest();
    }
    this.#key = { secret, day, region, service, key: key as Buffer };
    return key as Buffer;
  }
}

function trimmed(value: string): string {
  return value.trim().replace(/[ \t\r\n]+/g, " ");
}
