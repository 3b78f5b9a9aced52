// PutResourcePolicy.
// Faithful: of streams and consumers, one each, which a later one replaces. Deviates: a policy is any JSON object; it is
// kept as it came, and nobody is refused for what it says.
import { structure } from "../input/compound-shapes.ts";
import { POLICY_ADDRESS, type PolicyAddress, policyHolderOf } from "../input/policy-holder.ts";
import { text } from "../input/scalar-shapes.ts";
import { required } from "../input/shape.ts";
import { isStructure } from "../input/type-fault.ts";
import { requireRate } from "../limits/throttling.ts";
import type { NoOutput, Operation } from "../operation.ts";
import { invalidArgument } from "../service-exception.ts";

/** Members of the call. */
export interface PutResourcePolicyInput extends PolicyAddress {
  readonly Policy: string;
}

/** Gives a resource a policy. */
export const putResourcePolicy: Operation<PutResourcePolicyInput, NoOutput> = {
  name: "PutResourcePolicy",
  input: structure<PutResourcePolicyInput>({ ...POLICY_ADDRESS, Policy: required(text({})) }),
  run: (input, call) => {
    const resource = policyHolderOf(input, call);
    resource.requireActive();
    requireJsonObject(input.Policy);
    requireRate("PutResourcePolicy", call, resource.stream);
    resource.holder.resourcePolicy = input.Policy;
    return undefined;
  },
};

function requireJsonObject(policy: string): void {
  if (isStructure(parsed(policy))) return;
  throw invalidArgument("The policy is not valid: it must be a JSON object.");
}

function parsed(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    return undefined;
  }
}
