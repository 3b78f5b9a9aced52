// Whose workers are compared, and how the process of each is started.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { haveJavaPeers, JAVA_FOLDER, type JavaModule, libraries } from "../java-peers.ts";
import { havePeers } from "../peers-folder.ts";
import type { Comparison } from "../suite.ts";

/** Whose worker it is; nobody's are bare reads, which no worker can do without. */
export type WorkerKind = "ours" | "KCL 3.5" | "KCL 2.7" | "lifion" | "bare reads";

/** A command, and what is to be removed when it has ended. */
interface Program {
  readonly command: string;
  readonly args: readonly string[];
  readonly cleanUp: () => void;
}

/** Those of a list that are here. */
export function presentKinds(among: readonly WorkerKind[]): readonly WorkerKind[] {
  return among.filter((kind) => {
    if (roleOf(kind) !== "peer") return true;
    return kind === "lifion" ? havePeers() : haveJavaPeers();
  });
}

export function roleOf(kind: WorkerKind): Comparison["variants"][number]["role"] {
  if (kind === "bare reads") return "floor";
  return kind === "ours" ? "ours" : "peer";
}

/** What runs a worker. */
export function programOf(kind: WorkerKind, flags: readonly string[]): Program {
  switch (kind) {
    case "ours":
      return inNode("our-worker-process.js", flags);
    case "bare reads":
      return inNode("bare-worker-process.js", flags);
    case "lifion":
      return inNode("lifion-worker-process.js", flags);
    case "KCL 3.5":
      return inJava("kcl", flags);
    case "KCL 2.7":
      return inJava("kcl-2.7", flags);
  }
}

function inNode(module: string, flags: readonly string[]): Program {
  const args = [join(import.meta.dirname, module), ...flags];
  return { command: process.execPath, args, cleanUp: () => undefined };
}

/** With a heap of 1 GB at most: by itself it would grow to a quarter of the machine before it is looked through. */
function inJava(module: JavaModule, flags: readonly string[]): Program {
  // Native parts of libraries are unpacked there, and stay.
  const temp = mkdtempSync(join(tmpdir(), "bench-"));
  const classPath = `${join(JAVA_FOLDER, module, "target/classes")}:${libraries(module)}/*`;
  const options = [
    "-Xmx1g",
    "-Dorg.slf4j.simpleLogger.defaultLogLevel=error",
    `-Djava.io.tmpdir=${temp}`,
    "-cp",
    classPath,
  ];
  return {
    command: "java",
    args: [...options, "shardline.bench.Worker", ...flags],
    cleanUp: () => rmSync(temp, { recursive: true, force: true }),
  };
}
