// DeleteResourcePolicy.
// Faithful: of streams and consumers. Deviates: what AWS answers where there is none is not known; here it is a
// ResourceNotFoundException.
import { structure } from "../input/compound-shapes.ts";
import {
  POLICY_ADDRESS,
  type PolicyAddress,
  policyHolderOf,
  policyOf,
} from "../input/policy-holder.ts";
import { requireRate } from "../limits/throttling.ts";
import type { NoOutput, Operation } from "../operation.ts";

/** Takes the policy of a resource away. */
export const deleteResourcePolicy: Operation<PolicyAddress, NoOutput> = {
  name: "DeleteResourcePolicy",
  input: structure<PolicyAddress>(POLICY_ADDRESS),
  run: (input, call) => {
    const resource = policyHolderOf(input, call);
    resource.requireActive();
    policyOf(resource, input);
    requireRate("DeleteResourcePolicy", call, resource.stream);
    resource.holder.resourcePolicy = undefined;
    return undefined;
  },
};
