// A process that runs worlds, told by its parent: first what they have in common, then a seed at a time.
import { runWorld, type WorldsPlan } from "./run-world.ts";

let plan: WorldsPlan | undefined;

// A terminal interrupts all of them: the parent ends this one, when it has its tally together, or by being gone.
for (const signal of ["SIGHUP", "SIGINT", "SIGTERM"] as const) process.on(signal, () => undefined);
process.once("disconnect", () => process.exit());

process.on("message", (message) => {
  if (typeof message !== "number") {
    plan = message as WorldsPlan;
    return;
  }
  if (plan === undefined) throw new Error("a seed came before the plan");
  void runWorld(plan, message).then((outcome) => process.send?.(outcome));
});
