// Who calls, by the scope of the request's signature. Signatures are not checked, and a request without one is
// served too: an emulator has nothing to protect.
import type { Caller } from "../stream/namespace.ts";

/** As in `Credential=KEY/20261121/eu-west-1/kinesis/aws4_request`. */
const SCOPE = /Credential=([^/,\s]+)\/\d{8}\/([a-z0-9-]{1,64})\/[^/,\s]+\/aws4_request/;
const ACCOUNT = /^\d{12}$/;

/** The account is the access key where that has twelve digits; what is not said stays as it is by default. */
export function callerOf(authorization: string | undefined, byDefault: Caller): Caller {
  const [, key, region] = SCOPE.exec(authorization ?? "") ?? [];
  if (key === undefined || region === undefined) return byDefault;
  return { accountId: ACCOUNT.test(key) ? key : byDefault.accountId, region };
}
