// The process of a worker, seen from the benchmark: told things, listened to, and ended.
import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { programOf, type WorkerKind } from "./worker-kinds.ts";
import { type Arrival, newsOf, type WorkerNews, type WorkerUse } from "./worker-news.ts";
import { flagsOf, type WorkerTask } from "./worker-task.ts";

type NewsOf<Kind extends WorkerNews["kind"]> = Extract<WorkerNews, { kind: Kind }>;

/** Nothing here takes so long unless something is broken. */
const PATIENCE_MS = 300_000;
const MAX_LOG = 4000;

export class Worker implements AsyncDisposable {
  readonly #child: ChildProcessWithoutNullStreams;
  readonly #closed: Promise<unknown>;
  readonly #listeners = new Set<(news: WorkerNews) => void>();
  /** The end of what it wrote to its standard error: the KCL complains of much that it gets over. */
  #log = "";

  private constructor(kind: WorkerKind, task: WorkerTask) {
    const { args, cleanUp, command } = programOf(kind, flagsOf(task));
    const env = { ...process.env, AWS_EC2_METADATA_DISABLED: "true" };
    this.#child = spawn(command, args, { env });
    this.#child.stderr.setEncoding("utf8").on("data", (text: string) => {
      this.#log = (this.#log + text).slice(-MAX_LOG);
    });
    this.#closed = once(this.#child, "close").finally(cleanUp);
    this.#closed.catch(() => undefined);
    // That it has ended says more than that it no longer reads.
    this.#child.stdin.on("error", () => undefined);
    createInterface(this.#child.stdout).on("line", (line) => {
      const news = newsOf(line);
      if (news !== undefined) for (const listener of this.#listeners) listener(news);
    });
  }

  /** Starts the process; resolves when it can be told to run. */
  static async start(kind: WorkerKind, task: WorkerTask): Promise<Worker> {
    const worker = new Worker(kind, task);
    await worker.next("ready");
    return worker;
  }

  onNews(listener: (news: WorkerNews) => void): void {
    this.#listeners.add(listener);
  }

  /** Resolves with the next news of a kind; rejects if the process ends before, or it takes too long. */
  async next<Kind extends WorkerNews["kind"]>(kind: Kind): Promise<NewsOf<Kind>> {
    let listener: ((news: WorkerNews) => void) | undefined;
    let timer: NodeJS.Timeout | undefined;
    const found = new Promise<NewsOf<Kind>>((resolve, reject) => {
      listener = (news) => {
        if (news.kind === kind) resolve(news as NewsOf<Kind>);
      };
      this.#listeners.add(listener);
      const fail = (what: string) => () =>
        reject(new Error(`no "${kind}" of a worker: ${what}; its log: ${this.#log}`));
      void this.#closed.then(fail("its process has ended"), fail("it has no process"));
      timer = setTimeout(fail("waited too long"), PATIENCE_MS);
    });
    try {
      return await found;
    } finally {
      clearTimeout(timer);
      if (listener !== undefined) this.#listeners.delete(listener);
    }
  }

  /** Starts to read for an application; resolves to when it was told to, before it made a client. */
  async run(application: string): Promise<number> {
    const [{ atMs }] = await Promise.all([this.next("runs"), this.#tell("run", application)]);
    return atMs;
  }

  /** Has so many records counted; resolves when they can come, to a promise of when they have. */
  async expect(records: number): Promise<{ readonly done: Promise<Arrival> }> {
    const done = this.next("done");
    done.catch(() => undefined);
    await Promise.all([this.next("expects"), this.#tell("expect", String(records))]);
    return { done };
  }

  async use(): Promise<WorkerUse> {
    const [use] = await Promise.all([this.next("use"), this.#tell("use")]);
    return use;
  }

  /** Ends all that it runs in good order. */
  async stop(): Promise<void> {
    await Promise.all([this.next("stopped"), this.#tell("stop")]);
  }

  /** SIGKILL. */
  kill(): void {
    this.#child.kill("SIGKILL");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.kill();
    await this.#closed.catch(() => undefined);
  }

  async #tell(...words: readonly string[]): Promise<void> {
    this.#child.stdin.write(`${words.join("\t")}\n`);
  }
}
