// The checkpoints of one held lease, as an application asks for them.
import type { Position } from "@shardline/core";
import { SeededRandom } from "@shardline/core/testing";
import type { Interceptors } from "../../../../test/support/intercept.ts";
import {
  ApplicationCheckpoints,
  type CheckpointMode,
} from "../../src/checkpoint/application-checkpoints.ts";
import type { LeaseTable } from "../../src/lease/lease-table.ts";
import { holdOne, MINE } from "./held.ts";

export async function askOne(
  mode: CheckpointMode = "manual",
  faults: Interceptors<LeaseTable> = {},
) {
  const one = await holdOne(MINE, faults);
  const ending = new AbortController();
  const { clock, held } = one;
  const random = new SeededRandom(1);
  const asked = new ApplicationCheckpoints(mode, { clock, held, random, signal: ending.signal });
  /** Records up to here were handed out, and the handler returned from them. */
  const handle = (upTo: Position): void => {
    asked.takeInHand(upTo);
    asked.takeInHand(undefined);
    asked.handled(upTo);
    asked.pass(upTo);
  };
  return { ...one, asked, ending, handle };
}
