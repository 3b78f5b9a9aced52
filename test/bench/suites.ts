// The suites by name. A new one is a new line here.
import { aws } from "./aws/aws.ts";
import { codec } from "./codec/codec.ts";
import { emulator } from "./emulator/emulator.ts";
import { producer } from "./producer/producer.ts";
import type { Suite } from "./suite.ts";

/** What `npm run bench -- <name>` runs; without a name, all. */
export const suites: ReadonlyMap<string, Suite> = new Map<string, Suite>([
  ["aws", aws],
  ["codec", codec],
  ["emulator", emulator],
  ["producer", producer],
]);
