// A finding as it is told to a person.
import type { Finding } from "@shardline/consumer/operate";
import type { Style } from "../terminal.ts";

/** What it is, why, and what to do. */
export function findingText({ advice, kind, severity, what, why }: Finding, style: Style): string {
  const name = kind.replaceAll("-", " ");
  const title = severity === "wrong" ? style.red(name) : style.yellow(`${name} (for information)`);
  const row = (label: string, text: string): string => `  ${style.dim(label.padEnd(6))}${text}`;
  return [style.bold(title), row("what", what), row("why", why), row("do", advice)].join("\n");
}
