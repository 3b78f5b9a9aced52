// shardline reset: lets an application begin anew somewhere else.
import {
  type PreparedReset,
  prepareReset,
  type ResetStep,
  writeResetStep,
} from "@shardline/consumer/operate";
import { systemClock, systemRandom } from "@shardline/core";
import { type Command, type Given, UsageError } from "../command.ts";
import { Application, APPLICATION_OPTIONS } from "../operate/application.ts";
import { FAILOVER_OPTION, readFailoverMs } from "../operate/failover.ts";
import { RESET_COLUMNS, resetCells, resetJson, type ToldOutcome } from "../operate/reset-view.ts";
import { Progress } from "../progress.ts";
import { linesOfTable } from "../table-text.ts";
import type { Terminal } from "../terminal.ts";

const PORTS = { clock: systemClock, random: systemRandom };

export const reset: Command = {
  name: "reset",
  summary: "Let a stopped application begin anew at another place of its stream",
  words: ["APPLICATION"],
  options: {
    to: {
      value: "trim-horizon|latest|TIMESTAMP",
      help: "where to begin; a timestamp such as 2026-11-21T08:00:00Z",
    },
    shard: { value: "ID", help: "only this shard, and those that descend from it" },
    "dry-run": { help: "tell what would be written, and write nothing" },
    force: { help: "take the leases from workers that are alive, too" },
    ...FAILOVER_OPTION,
    ...APPLICATION_OPTIONS,
    json: { help: "print one JSON object a line for each shard" },
  },
  notes:
    "Looks for a failover time whether workers are alive, and refuses if there are any. Then leases are rewritten, parents\n" +
    "first, each on condition that nobody has written to it since: shards that were open at that time begin there, what\n" +
    "descends from them is read whole and after its parents, and what was closed before counts as done. The exit code is 1\n" +
    "if anything was not written; the same command then does the rest.",

  async run(given, terminal) {
    const to = readTo(given);
    const failoverMs = readFailoverMs(given);
    if (given.texts["stream"] === undefined) {
      throw new UsageError("--stream is missing: the lease table does not say which stream it is");
    }
    using application = await Application.open(given, terminal.signal);
    const prepared = await prepare(application, { to, failoverMs, given }, terminal);
    if (prepared.kind === "impossible") throw new Error(`nothing is reset: ${prepared.problem}`);
    const { living, steps } = prepared;
    const isForced = given.switches.has("force");
    const isRefused = living.length > 0 && !isForced;
    if (given.switches.has("dry-run")) {
      tell(
        steps,
        steps.map(() => "planned"),
        given,
        terminal,
      );
      if (isRefused)
        terminal.stderr.write(`it would be refused: ${aliveText(living, failoverMs)}\n`);
      return 0;
    }
    if (isRefused) {
      throw new Error(
        `nothing is reset: ${aliveText(living, failoverMs)}; stop them first, or say --force`,
      );
    }
    const { failure, outcomes } = await write(steps, application, isForced);
    tell(steps, outcomes, given, terminal);
    if (failure !== undefined) throw failure.error;
    const isWhole = !outcomes.includes("conflict");
    if (!isWhole) {
      terminal.stderr.write(
        "a worker has written to leases meanwhile: stop all workers, and say it again\n",
      );
    }
    return isWhole ? 0 : 1;
  },
};

function prepare(
  application: Application,
  { failoverMs, given, to }: { to: ResetTo; failoverMs: number; given: Given },
  terminal: Terminal,
): Promise<PreparedReset> {
  return application.withTable(async () => {
    using _ = new Progress(terminal, () => `looking for ${failoverMs / 1000} s who is at work`);
    const { kinesis, stream, table } = application;
    if (stream === undefined) throw new UsageError("--stream is missing");
    const shardId = given.texts["shard"];
    const options = { ...PORTS, failoverMs, kinesis, shardId, stream, table, to };
    return await prepareReset(options, terminal.signal);
  });
}

interface Written {
  /** Of the steps up to the one that failed. */
  readonly outcomes: readonly ToldOutcome[];
  readonly failure?: { readonly error: unknown };
}

/** Ctrl-C is for the time before: half a reset helps nobody. */
async function write(
  steps: readonly ResetStep[],
  { table }: Application,
  isForced: boolean,
): Promise<Written> {
  const { signal } = new AbortController();
  const outcomes: ToldOutcome[] = [];
  try {
    for (const step of steps) {
      outcomes.push(await writeResetStep(step, { ...PORTS, isForced, table }, signal));
    }
  } catch (error) {
    return { outcomes, failure: { error } };
  }
  return { outcomes };
}

function tell(
  steps: readonly ResetStep[],
  outcomes: readonly ToldOutcome[],
  { switches }: Given,
  { stdout }: Terminal,
): void {
  const told = steps.map((step, i) => ({ step, outcome: outcomes[i] ?? "not written" }));
  const lines = switches.has("json")
    ? told.map(({ outcome, step }) => JSON.stringify(resetJson(step, outcome)))
    : linesOfTable([RESET_COLUMNS, ...told.map(({ outcome, step }) => resetCells(step, outcome))]);
  for (const line of lines) stdout.write(`${line}\n`);
}

function aliveText(living: readonly string[], failoverMs: number): string {
  const shown = living.slice(0, 5).join(", ");
  const verb = living.length === 1 ? "is" : "are";
  return `${shown} ${verb} alive, and wrote to leases within ${failoverMs / 1000} s`;
}

/** Says which moment it means wherever it is read; a date alone is midnight UTC. */
const TIMESTAMP = /^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d))?$/;

type ResetTo =
  | { readonly type: "TRIM_HORIZON" | "LATEST" }
  | { readonly type: "AT_TIMESTAMP"; readonly timestampMs: number };

function readTo({ texts }: Given): ResetTo {
  const { to } = texts;
  if (to === undefined) throw new UsageError("--to is missing");
  if (to === "trim-horizon") return { type: "TRIM_HORIZON" };
  if (to === "latest") return { type: "LATEST" };
  const timestampMs = TIMESTAMP.test(to) ? new Date(to).getTime() : Number.NaN;
  if (Number.isNaN(timestampMs)) {
    throw new UsageError(
      `--to takes trim-horizon, latest or a timestamp with Z or an offset, such as 2026-11-21T08:00:00Z, not ${to}`,
    );
  }
  if (timestampMs > systemClock.wallTimeMs()) {
    throw new UsageError(`--to takes a time that has passed, not ${to}`);
  }
  return { type: "AT_TIMESTAMP", timestampMs };
}
