// A copy of the sources in a folder of its own, in which bugs are planted one at a time. The repository is not touched;
// what the copy imports of others comes from the repository's node_modules.
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { type Edit, type PlantedBug, plant } from "./planted-bug.ts";
import { runProcess } from "./run-process.ts";

const PACKAGES = ["core", "aggregation", "aws", "producer", "consumer", "emulator"];
const COPIED = [
  "package.json",
  "tsconfig.base.json",
  "test/package.json",
  "test/simulation",
  ...PACKAGES.flatMap((name) =>
    ["package.json", "tsconfig.json", "src"].map((part) => `packages/${name}/${part}`),
  ),
];
const SCOPE = "@shardline";
const COMPILE_MS = 120_000;

export class Workbench implements Disposable {
  readonly root: string;
  readonly #signal: AbortSignal;

  /** Copies the sources of a repository; disposed, nothing of it is left. */
  constructor(repository: string, signal: AbortSignal) {
    this.#signal = signal;
    // By its real name, or Node would load the copy's modules under another one than the compiler.
    this.root = realpathSync(mkdtempSync(join(tmpdir(), "shardline-planted-")));
    try {
      for (const path of COPIED) {
        const filter = (source: string): boolean => basename(source) !== "dist";
        cpSync(join(repository, path), join(this.root, path), { recursive: true, filter });
      }
      this.#linkModules(join(repository, "node_modules"), join(this.root, "node_modules"));
    } catch (error) {
      this[Symbol.dispose]();
      throw error;
    }
  }

  [Symbol.dispose](): void {
    rmSync(this.root, { recursive: true, force: true });
  }

  /** Compiles the copy as it stands, at first all of it and then what has changed. */
  async compile(): Promise<void> {
    const tsc = join(this.root, "node_modules/typescript/bin/tsc");
    const args = [tsc, "-b", "test/simulation"];
    const options = { cwd: this.root, signal: this.#signal, timeoutMs: COMPILE_MS };
    const { code, stderr, stdout } = await runProcess(args, options);
    if (code !== 0) throw new Error(`the copy does not compile:\n${stdout}${stderr}`);
  }

  /** Compiles the copy with a bug in it, does what is asked, and takes the bug out again. */
  async withBug<T>(bug: PlantedBug, task: () => Promise<T>): Promise<T> {
    const planted = plant(bug, this.root);
    const originals = new Map(
      [...planted.keys()].map((file) => [file, readFileSync(join(this.root, file), "utf8")]),
    );
    try {
      this.#write(planted);
      await this.compile();
      return await task();
    } finally {
      this.#write(originals);
    }
  }

  #write(files: ReadonlyMap<Edit["file"], string>): void {
    for (const [file, text] of files) writeFileSync(join(this.root, file), text);
  }

  /** Our own packages are those of the copy. */
  #linkModules(from: string, to: string): void {
    mkdirSync(join(to, SCOPE), { recursive: true });
    for (const name of readdirSync(from)) {
      if (name !== SCOPE) symlinkSync(join(from, name), join(to, name));
    }
    for (const name of PACKAGES) {
      symlinkSync(join(this.root, "packages", name), join(to, SCOPE, name));
    }
  }
}
