// node world-process.js FIRST COUNT [CHECKER]: runs worlds one after the other, behind the last that CI runs the first, and
// tells what became of each, a line of JSON per world, up to one in which an invariant breaks: that of one checker, or any.
import { World } from "../world.ts";
import { CI_SEEDS } from "./planted-bug.ts";
import type { WorldLine } from "./world-line.ts";

const [, , first, count, checker] = process.argv;
const firstSeed = Number(first);
const heed = checker === undefined ? {} : { heeded: checker };

for (let ran = 0; ran < Number(count); ran += 1) {
  const seed = 1 + ((firstSeed - 1 + ran) % CI_SEEDS);
  const { broken } = await new World({ seed, ...heed }).run();
  const line: WorldLine = { seed, checker: broken?.checker, broken: broken?.message };
  console.log(JSON.stringify(line));
  if (broken !== undefined) break;
}
