// What befalls the processes and services of a world as a whole, each kind after its own random times.
import type { Clock, Random } from "@shardline/core";
import { drawDelayMs, type IncidentOdds } from "../odds.ts";
import type { StormNews } from "../evidence/journal-entry.ts";
import type { FaultName } from "./fault-names.ts";

/** Counts a fault of some name and tells what befell which process, or the world. */
export type Befall = (process: string, fault: FaultName, what: string, storm?: StormNews) => void;

/** Brings them about until the clock's owner dies. */
export function bringAbout(
  incidents: Readonly<Record<keyof IncidentOdds, () => void>>,
  odds: IncidentOdds,
  clock: Clock,
  random: Random,
): void {
  const next = (meanMs: number, act: () => void): void => {
    clock.startTimer(drawDelayMs(meanMs, random), () => {
      act();
      next(meanMs, act);
    });
  };
  for (const [name, act] of Object.entries(incidents)) {
    next(odds[name as keyof IncidentOdds], act);
  }
}
