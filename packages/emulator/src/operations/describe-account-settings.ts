// DescribeAccountSettings.
// Faithful: the settings of the caller's account in a region. Deviates: nowhere known.
import { structure } from "../input/compound-shapes.ts";
import { requireRate } from "../limits/throttling.ts";
import type { Operation } from "../operation.ts";
import { type AccountSettingsOutput, describeAccount } from "../stream/account-description.ts";

/** Tells the settings of an account. */
export const describeAccountSettings: Operation<object, AccountSettingsOutput> = {
  name: "DescribeAccountSettings",
  input: structure<object>({}),
  run: (_, call) => {
    requireRate("DescribeAccountSettings", call);
    return describeAccount(call.openNamespace().commitment, call.wallMs);
  },
};
