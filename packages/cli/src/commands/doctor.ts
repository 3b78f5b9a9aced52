// shardline doctor: what is wrong with an application, as far as its lease table and its stream tell. It changes nothing.
import { diagnose, type Snapshot } from "@shardline/consumer/operate";
import type { Command, Given } from "../command.ts";
import { Application, APPLICATION_OPTIONS } from "../operate/application.ts";
import { FAILOVER_OPTION, readFailoverMs } from "../operate/failover.ts";
import { findingText } from "../operate/finding-text.ts";
import { Progress } from "../progress.ts";
import { styleOf, type Terminal } from "../terminal.ts";

export const doctor: Command = {
  name: "doctor",
  summary: "Find what is wrong with an application: what, why, and what to do",
  words: ["APPLICATION"],
  options: {
    ...FAILOVER_OPTION,
    ...APPLICATION_OPTIONS,
    json: { help: "print one JSON object a line for each finding" },
  },
  notes:
    "Looks at the lease table twice, a failover time apart, and at the stream if --stream names it. It finds stuck parents,\n" +
    "silent owners, hash keys that nobody reads, a throttled lease table, halted shards of Shardline's workers, items that\n" +
    "cannot be read, workers of the KCL 3.x, and a stream that was created again. The exit code is 1 if anything is wrong.",

  async run(given, terminal) {
    const snapshot = await look(given, terminal);
    const findings = diagnose(snapshot);
    const { stderr, stdout, style } = terminal;
    const isWrong = findings.some(({ severity }) => severity === "wrong");
    if (given.switches.has("json")) {
      for (const finding of findings) stdout.write(`${JSON.stringify(finding)}\n`);
      return isWrong ? 1 : 0;
    }
    const paint = styleOf(stdout, process.env);
    const { leases } = snapshot.later.listing;
    for (const finding of findings) stdout.write(`${findingText(finding, paint)}\n\n`);
    if (!isWrong) stdout.write(`${leases.length} leases looked at, nothing is wrong\n`);
    if (snapshot.stream === undefined) {
      stderr.write(
        `${style.dim("not looked at: the shards of the stream; name it with --stream")}\n`,
      );
    }
    return isWrong ? 1 : 0;
  },
};

async function look(given: Given, terminal: Terminal): Promise<Snapshot> {
  const failoverMs = readFailoverMs(given);
  using application = await Application.open(given, terminal.signal);
  using _ = new Progress(terminal, () => `looking for ${failoverMs / 1000} s at what moves`);
  return await application.snapshot(failoverMs, terminal.signal);
}
