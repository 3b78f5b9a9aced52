// What is still reachable of things that nobody should keep.
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

/** How many are still reachable. */
export async function countAlive(refs: readonly WeakRef<object>[]): Promise<number> {
  setFlagsFromString("--expose-gc");
  const collect = runInNewContext("gc") as () => void;
  // What was looked at in a job is kept alive until its end.
  await new Promise((resolve) => setImmediate(resolve));
  collect();
  return refs.filter((ref) => ref.deref() !== undefined).length;
}
