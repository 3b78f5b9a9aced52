// The process of a worker in Node.js: obeys its standard input, and counts what its handlers are handed.
import { createInterface } from "node:readline";
import { machineMs } from "../machine-ms.ts";
import { taskOf, type WorkerTask } from "./worker-task.ts";

/** What a handler is handed. */
export interface Handed {
  readonly shardId: string;
  readonly count: number;
  /** Asked for only where it is told. */
  readonly texts: () => readonly string[];
}

/** What a run says of itself. */
export interface Saying {
  readonly taken: (shardId: string) => void;
  readonly gone: (shardId: string) => void;
  readonly handed: (batch: Handed) => void;
}

/** Runs a worker of an application until the returned function is called, which resolves when it has ended. */
export type RunWorker = (
  task: Required<WorkerTask>,
  application: string,
  saying: Saying,
) => () => Promise<void>;

/** Serves the commands of the standard input until it ends. */
export function serveWorker(run: RunWorker): void {
  const task = taskOf(process.argv.slice(2));
  const tally = new Tally();
  const stops: (() => Promise<void>)[] = [];
  const commands = createInterface(process.stdin);
  commands.on("close", () => process.exit());
  commands.on("line", (line) => {
    const [command, argument = ""] = line.split("\t");
    if (command === "run") {
      say("runs", machineMs(), argument);
      stops.push(run(task, argument, sayingOf(task, argument, tally)));
    }
    if (command === "expect") tally.expect(Number(argument));
    if (command === "use") say("use", cpuUs(), process.memoryUsage.rss());
    if (command === "stop") {
      void Promise.all(stops.splice(0).map((stop) => stop())).then(() => say("stopped"));
    }
  });
  say("ready");
}

function sayingOf({ tell }: WorkerTask, application: string, tally: Tally): Saying {
  const sayShard = (kind: string) => (shardId: string) =>
    say(kind, machineMs(), application, shardId);
  const sayBatch = sayShard("batch");
  const handed = {
    batches: ({ shardId }: Handed) => sayBatch(shardId),
    records: ({ texts }: Handed) => {
      const atMs = machineMs();
      for (const text of texts()) say("record", atMs, application, text);
    },
    totals: ({ count }: Handed) => tally.count(count),
  };
  return { taken: sayShard("taken"), gone: sayShard("gone"), handed: handed[tell] };
}

/** Counts so many records, and what they take the processor. */
class Tally {
  #left = 0;
  #records = 0;
  #cpuBeforeUs = 0;

  expect(records: number): void {
    this.#left = records;
    this.#records = 0;
    this.#cpuBeforeUs = cpuUs();
    say("expects");
  }

  count(size: number): void {
    if (this.#left <= 0) return;
    this.#records += size;
    this.#left -= size;
    if (this.#left <= 0) say("done", machineMs(), this.#records, cpuUs() - this.#cpuBeforeUs);
  }
}

function cpuUs(): number {
  const { system, user } = process.cpuUsage();
  return user + system;
}

function say(...fields: readonly (string | number)[]): void {
  process.stdout.write(`${fields.join("\t")}\n`);
}
