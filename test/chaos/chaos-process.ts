// One process of the run, which can be killed, stopped with SIGSTOP, or told to end, and whose journal is read.
import { type ChildProcess, fork, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import { setTimeout as sleep } from "node:timers/promises";
import { JOURNAL_FD } from "./chaos-messages.ts";
import { machineMs } from "./machine-time.ts";

/** Stops a process until its standard input ends, be it because whoever started it is no more. */
const STOPPER = 'kill -STOP "$0" && echo stopped; read -r _; kill -CONT "$0"';

export interface ChaosProcessOptions {
  /** File name without its ending, of this folder. */
  readonly program: string;
  readonly name: string;
  /** What it is told when it starts. */
  readonly setup: object;
  /** A whole line of its journal. */
  readonly onLine: (line: unknown) => void;
  /** It has ended, and all that it said was heard. */
  readonly onEnd: (end: ProcessEnd) => void;
}

/** How a process has ended. */
export interface ProcessEnd {
  readonly how: number | string | null;
  /** Whether it was killed, or told to end. */
  readonly isWanted: boolean;
  /** Its standard error. */
  readonly said: string;
}

export class ChaosProcess {
  readonly name: string;
  readonly pid: number;
  /** Resolves when it has ended and all that it said was heard. */
  readonly ended: Promise<unknown>;
  readonly #child: ChildProcess;
  #state: "working" | "stopped" | "ending" = "working";

  constructor({ name, onEnd, onLine, program, setup }: ChaosProcessOptions) {
    const child = fork(join(import.meta.dirname, `${program}.js`), [JSON.stringify(setup)], {
      stdio: ["ignore", "ignore", "pipe", "pipe", "ipc"],
    });
    this.name = name;
    this.pid = child.pid ?? 0;
    this.#child = child;
    this.ended = once(child, "close");
    let said = "";
    child.stderr?.setEncoding("utf8").on("data", (text: string) => void (said += text));
    createInterface(child.stdio[JOURNAL_FD] as Readable).on("line", (text) => {
      const line = parseLine(text);
      if (line !== undefined) onLine(line);
    });
    child.once("close", (code, signal) => {
      const isWanted = this.#state === "ending";
      this.#state = "ending";
      onEnd({ how: code ?? signal, isWanted, said: said.trim() });
    });
  }

  /** Neither stopped nor ending. */
  get isWorking(): boolean {
    return this.#state === "working";
  }

  /** SIGKILL; resolves when the process is gone and all that it said was heard. */
  async kill(): Promise<void> {
    this.#state = "ending";
    this.#child.kill("SIGKILL");
    await this.ended;
  }

  /** SIGSTOP, and SIGCONT after some time or when `signal` aborts; answers since when it stood still, if it did. */
  async freeze(forMs: number, signal: AbortSignal): Promise<number | undefined> {
    if (!this.isWorking) return undefined;
    this.#state = "stopped";
    const stopper = spawn("sh", ["-c", STOPPER, String(this.pid)], {
      stdio: ["pipe", "pipe", "ignore"],
    });
    const gone = once(stopper, "close");
    const stoppedAtMs = await Promise.race([
      once(stopper.stdout, "data").then(() => machineMs()),
      gone.then(() => undefined),
    ]);
    if (stoppedAtMs !== undefined) await sleep(forMs, undefined, { signal }).catch(() => undefined);
    stopper.stdin.end();
    await gone;
    if (this.#state === "stopped") this.#state = "working";
    return stoppedAtMs;
  }

  /** SIGTERM; answers how it ended, or that it did not in time and was killed. */
  async terminate(withinMs: number): Promise<number | string | null> {
    this.#state = "ending";
    this.#child.kill("SIGTERM");
    const waiting = new AbortController();
    const late = sleep(withinMs, true, { signal: waiting.signal }).catch(() => false);
    const isLate = await Promise.race([late, this.ended.then(() => false)]);
    waiting.abort();
    if (isLate) {
      await this.kill();
      return `nothing in ${withinMs} ms`;
    }
    return this.#child.exitCode ?? this.#child.signalCode;
  }
}

/** `undefined` for a line that a killed process began and did not end: what it is about had not happened. */
function parseLine(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
