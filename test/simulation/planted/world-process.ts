// node world-process.js FIRST COUNT [CHECKER]: runs worlds one after the other and tells what became of each, a line of
// JSON per world; ends early when that checker has seen a broken invariant.
import { World } from "../world.ts";
import type { WorldLine } from "./world-line.ts";

const [, , first, count, checker] = process.argv;
const firstSeed = Number(first);

for (let seed = firstSeed; seed < firstSeed + Number(count); seed += 1) {
  const { broken } = await new World({ seed }).run();
  const line: WorldLine = { seed, broken: broken?.message };
  console.log(JSON.stringify(line));
  if (checker !== undefined && broken?.message.startsWith(`${checker}: `)) break;
}
