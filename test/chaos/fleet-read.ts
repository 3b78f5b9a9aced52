// How the workers of a run read.
import type { ReadMode } from "./chaos-messages.ts";

/** All by one way, or each by another. */
export type FleetRead = keyof typeof READ_MODES;

/**
 * The ways that workers are given in turn. In a mixed fleet those of "auto" do most of the polling: no subscription lasts
 * long here, so that they fall back.
 */
export const READ_MODES = {
  polling: ["polling"],
  "fan-out": ["fan-out"],
  mixed: ["fan-out", "auto"],
} as const satisfies Readonly<Record<string, readonly ReadMode[]>>;

export function isFleetRead(text: string): text is FleetRead {
  return Object.hasOwn(READ_MODES, text);
}
