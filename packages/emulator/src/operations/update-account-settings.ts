// UpdateAccountSettings.
// Faithful: a commitment lasts 24 hours at least; ended before, it ends when they are over, unless it is asked for again
// until then. Deviates: asking for the present status succeeds and changes nothing; streams keep the warm throughput that
// they were given when the commitment ends.
import { structure } from "../input/compound-shapes.ts";
import { word } from "../input/scalar-shapes.ts";
import { required } from "../input/shape.ts";
import { requireRate } from "../limits/throttling.ts";
import type { Call, Operation } from "../operation.ts";
import { type AccountSettingsOutput, describeAccount } from "../stream/account-description.ts";
import { commit, release } from "../stream/billing-commitment.ts";

/** Members of the call. */
export interface UpdateAccountSettingsInput {
  readonly MinimumThroughputBillingCommitment: { readonly Status: "DISABLED" | "ENABLED" };
}

/** Changes the settings of an account, at once. */
export const updateAccountSettings: Operation<UpdateAccountSettingsInput, AccountSettingsOutput> = {
  name: "UpdateAccountSettings",
  input: structure<UpdateAccountSettingsInput>({
    MinimumThroughputBillingCommitment: required(
      structure<UpdateAccountSettingsInput["MinimumThroughputBillingCommitment"]>({
        Status: required(word("ENABLED", "DISABLED")),
      }),
    ),
  }),
  run,
};

function run(
  { MinimumThroughputBillingCommitment: { Status: wanted } }: UpdateAccountSettingsInput,
  call: Call,
): AccountSettingsOutput {
  requireRate("UpdateAccountSettings", call);
  const namespace = call.openNamespace();
  const change = wanted === "ENABLED" ? commit : release;
  namespace.commitment = change(namespace.commitment, call.wallMs);
  return describeAccount(namespace.commitment, call.wallMs);
}
