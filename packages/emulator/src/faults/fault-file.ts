// The text of a file of rules: what `--faults FILE` reads, and what a POST to the emulator brings.
import { readRules, refusedRules } from "./fault-checks.ts";
import type { FaultInput } from "./fault-presets.ts";

/**
 * Reads rules out of JSON text: one rule, a list of them, or an object with a list of them as `faults`.
 * @throws KinesisError INVALID_OPTIONS with every problem found
 */
export function parseFaults(text: string): readonly FaultInput[] {
  const given = faultsIn(parseJson(text));
  readRules(given);
  return given as readonly FaultInput[];
}

function faultsIn(json: unknown): unknown {
  if (typeof json !== "object" || json === null || Array.isArray(json)) return json;
  if (!("faults" in json)) return [json];
  const others = Object.keys(json).filter((key) => key !== "faults");
  if (others.length > 0)
    throw refusedRules("rules were", [`beside faults there may be nothing, not even ${others[0]}`]);
  return json.faults;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    // The text is shown with its line breaks.
    const reason = (error instanceof Error ? error.message : String(error)).replaceAll(/\s+/g, " ");
    throw refusedRules("rules were", [`not JSON: ${reason}`]);
  }
}
