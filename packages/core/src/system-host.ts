// Who this process is: the one file that asks the operating system.
import { hostname } from "node:os";
import { pid } from "node:process";

/** Host name and process id, as worker ids begin with them. */
export function processName(): string {
  return `${hostname()}:${pid}`;
}
