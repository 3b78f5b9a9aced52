// shardline leases: who reads which shard of an application, and how far. It looks at the lease table and changes nothing.
import { sleep, systemClock } from "@shardline/core";
import type { Command } from "../command.ts";
import { explain } from "../failure.ts";
import { Application, APPLICATION_OPTIONS } from "../operate/application.ts";
import { cellsOf, LEASE_COLUMNS, leaseJson, type LeaseView } from "../operate/lease-view.ts";
import { LeaseWatch } from "../operate/lease-watch.ts";
import { linesOfTable } from "../table-text.ts";
import type { Terminal } from "../terminal.ts";

const LOOK_MS = 2000;
/** To the upper left corner; what stood there is erased line by line, and below the last one, so that nothing flickers. */
const HOME = "\u001b[H";
const END_OF_LINE = "\u001b[K";
const BELOW = "\u001b[J";

export const leases: Command = {
  name: "leases",
  summary: "Show who reads which shard of an application, how far, and how far behind",
  words: ["APPLICATION"],
  options: {
    watch: { help: "look again every two seconds, until Ctrl-C" },
    ...APPLICATION_OPTIONS,
    json: { help: "print one JSON object a line for each lease" },
  },
  notes:
    "LAG is how long the first record behind the checkpoint has waited, found by reading it: one or two reads of the five\n" +
    "that a shard allows in a second, every ten seconds at most. It needs --stream. UNCHANGED is for how long nobody has\n" +
    "written to a lease; the table holds no times, so it needs --watch. CHECKPOINT ends with /N inside an aggregate.",

  async run(given, terminal) {
    using application = await Application.open(given, terminal.signal);
    const watch = new LeaseWatch(application);
    const show = shower(given.switches, terminal);
    const look = async (): Promise<void> => {
      const listing = await application.list(terminal.signal);
      const views = await watch.look(listing.leases, terminal.signal);
      show(views, [
        ...listing.unreadable.map(({ key, problem }) => `${key} cannot be read: ${problem}`),
        ...listing.foreign.map(({ entityType, key }) => `${key} is no lease but a ${entityType}`),
      ]);
    };
    await look();
    while (given.switches.has("watch")) {
      try {
        await sleep(systemClock, LOOK_MS, terminal.signal);
        await look();
      } catch (error) {
        if (terminal.signal.aborted) break;
        terminal.stderr.write(`${terminal.style.yellow("shardline:")} ${explain(error)}\n`);
      }
    }
    return 0;
  },
};

type Show = (views: readonly LeaseView[], remarks: readonly string[]) => void;

function shower(switches: ReadonlySet<string>, { stderr, stdout, style }: Terminal): Show {
  if (switches.has("json")) {
    return (views, remarks) => {
      for (const view of views) stdout.write(`${JSON.stringify(leaseJson(view))}\n`);
      for (const remark of remarks) stderr.write(`${style.yellow("shardline:")} ${remark}\n`);
    };
  }
  const isDrawn = switches.has("watch") && stdout.isTTY;
  let looks = 0;
  return (views, remarks) => {
    const lines = pageOf(views, remarks);
    if (isDrawn)
      stdout.write(`${HOME}${lines.map((l) => `${l}${END_OF_LINE}\n`).join("")}${BELOW}`);
    else stdout.write(`${looks === 0 ? "" : "\n"}${lines.join("\n")}\n`);
    looks += 1;
  };
}

function pageOf(views: readonly LeaseView[], remarks: readonly string[]): readonly string[] {
  const reasons = views.flatMap(({ lag }) => (lag.kind === "unknown" ? lag.reason : []));
  const table =
    views.length === 0
      ? ["no leases: no worker has started yet"]
      : linesOfTable([LEASE_COLUMNS, ...views.map(cellsOf)]);
  const unknown = [...new Set(reasons)].map((reason) => `lag unknown: ${reason}`);
  return [...table, ...unknown, ...remarks];
}
