// What is still reachable of things that nobody should keep.
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

/** One collection now and then leaves something of which nothing is left; what somebody keeps outlives all of them. */
const COLLECTIONS = 5;

/** How many are still reachable. */
export async function countAlive(refs: readonly WeakRef<object>[]): Promise<number> {
  setFlagsFromString("--expose-gc");
  const collect = runInNewContext("gc") as () => void;
  let alive = refs.length;
  for (let i = 0; i < COLLECTIONS && alive > 0; i += 1) {
    // What was looked at in a job is kept alive until its end.
    await new Promise((resolve) => setImmediate(resolve));
    collect();
    alive = refs.filter((ref) => ref.deref() !== undefined).length;
  }
  return alive;
}
