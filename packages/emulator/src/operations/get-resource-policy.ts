// GetResourcePolicy.
// Faithful: the policy of a stream or a consumer as it was put. Deviates: what AWS answers where there is none is not
// known; here it is a ResourceNotFoundException.
import { structure } from "../input/compound-shapes.ts";
import {
  POLICY_ADDRESS,
  type PolicyAddress,
  policyHolderOf,
  policyOf,
} from "../input/policy-holder.ts";
import { requireRate } from "../limits/throttling.ts";
import type { Operation } from "../operation.ts";

/** Members of the answer. */
export interface GetResourcePolicyOutput {
  readonly Policy: string;
}

/** Tells the policy of a resource. */
export const getResourcePolicy: Operation<PolicyAddress, GetResourcePolicyOutput> = {
  name: "GetResourcePolicy",
  input: structure<PolicyAddress>(POLICY_ADDRESS),
  run: (input, call) => {
    const resource = policyHolderOf(input, call);
    const policy = policyOf(resource, input);
    requireRate("GetResourcePolicy", call, resource.stream);
    return { Policy: policy };
  },
};
