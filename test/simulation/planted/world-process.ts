// node world-process.js FIRST COUNT [CHECKER]: runs worlds one after the other and tells what became of each, a line of
// JSON per world, up to the first in which an invariant breaks: that of one checker, or else any.
import { World } from "../world.ts";
import type { WorldLine } from "./world-line.ts";

const [, , first, count, checker] = process.argv;
const firstSeed = Number(first);
const heed = checker === undefined ? {} : { heeded: checker };

for (let seed = firstSeed; seed < firstSeed + Number(count); seed += 1) {
  const { broken } = await new World({ seed, ...heed }).run();
  const line: WorldLine = { seed, broken: broken?.message };
  console.log(JSON.stringify(line));
  if (broken !== undefined) break;
}
