// What a fault does, told apart by how deep it reaches: into the operation, into the outcome of the call, into
// the bytes of the answer, or into a subscription. All of it is plain JSON, the same by API, HTTP and file.
import type { OperationEffect } from "./operation-effects.ts";
import type { OutcomeEffect } from "./outcome-effects.ts";
import type { SubscriptionEffect } from "./subscription-effects.ts";
import type { WireEffect } from "./wire-effects.ts";

/** What a fault does to a call that its rule fires for. */
export type FaultEffect = OperationEffect | OutcomeEffect | WireEffect | SubscriptionEffect;

/** An effect with every default filled in. */
export type SettledEffect = Settled<FaultEffect>;

/** The effect of some kind with every default filled in. */
export type EffectOf<Kind extends FaultEffect["kind"]> = Extract<SettledEffect, { kind: Kind }>;

type Settled<Effect> = Effect extends unknown ? Required<Effect> : never;
