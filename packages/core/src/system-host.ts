// Who this process is, and whether others are there: the one file that asks the operating system.
import { hostname } from "node:os";
import { kill, pid } from "node:process";

/** Host name and process id, as worker ids begin with them. */
export function processName(): string {
  return `${hostname()}:${pid}`;
}

/** Whether a process of this host has gone, by its `processName`; one of another host may be there still. */
export function isProcessGone(name: string): boolean {
  const [, host, id] = /^(.*):(\d+)$/.exec(name) ?? [];
  if (host !== hostname()) return name === "";
  try {
    kill(Number(id), 0);
    return false;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "ESRCH";
  }
}
