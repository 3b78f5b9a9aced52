// What a run was made on, and beside what: the machine, how busy it was, and the versions that took part.
import { execFileSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { cpus, loadavg, totalmem } from "node:os";
import { join } from "node:path";
import { haveJavaPeers, libraries } from "../java-peers.ts";
import { PEERS_FOLDER } from "../peers-folder.ts";

const GIB = 1024 ** 3;
const OWN_PEERS = ["@aws-sdk/client-kinesis", "aws-kinesis-agg"];
const FOREIGN_PEERS = ["lifion-kinesis", "kinesalite", "kinesis-local"];
const JARS = [
  ["kcl", "amazon-kinesis-client"],
  ["kcl-2.7", "amazon-kinesis-client"],
  ["kpl", "amazon-kinesis-producer"],
] as const;

/** Of the last minute: how many processes wanted a core at a time. */
export function load(): number {
  return loadavg()[0] ?? 0;
}

/** The machine, and Node. */
export function machine(): string {
  const cores = cpus();
  const memory = Math.round(totalmem() / GIB);
  return `${cores.length} × ${cores[0]?.model.trim()}, ${memory} GiB, Node.js ${process.version}`;
}

/** Names with versions, of those that are there. */
export function peers(): readonly string[] {
  const require = createRequire(import.meta.url);
  const folders = require.resolve.paths("shardline") ?? [];
  return [
    ...OWN_PEERS.flatMap((name) => versionIn(folders, name)),
    ...FOREIGN_PEERS.flatMap((name) => versionIn([join(PEERS_FOLDER, "node_modules")], name)),
    ...(haveJavaPeers() ? javaPeers() : []),
  ];
}

function javaPeers(): readonly string[] {
  const [java = ""] = execFileSync("java", ["--version"], { encoding: "utf8" }).split("\n");
  return [...JARS.flatMap(([module, name]) => jarsOf(libraries(module), name)), java.trim()];
}

function versionIn(folders: readonly string[], name: string): readonly string[] {
  const file = folders
    .map((folder) => join(folder, name, "package.json"))
    .find((path) => existsSync(path));
  if (file === undefined) return [];
  const { version } = JSON.parse(readFileSync(file, "utf8")) as { readonly version: string };
  return [`${name} ${version}`];
}

function jarsOf(folder: string, name: string): readonly string[] {
  return readdirSync(folder).flatMap((file) => {
    const [, version] = new RegExp(`^${name}-(\\d.*)\\.jar$`).exec(file) ?? [];
    return version === undefined ? [] : [`${name} ${version}`];
  });
}
