// One line that tells how far a long command is: redrawn on a terminal, left out elsewhere.
import type { Terminal } from "./terminal.ts";

const REDRAW_MS = 100;
/** Erases what a longer line left behind. */
const END = "\u001b[K";
/** A line that is too long is cut: one that went on in the next row could not be drawn over. */
const UNWRAPPED = "\u001b[?7l";
const WRAPPED = "\u001b[?7h";

export class Progress implements Disposable {
  readonly #terminal: Terminal;
  readonly #line: () => string;
  readonly #timer: NodeJS.Timeout | undefined;

  /** `line` is asked for ten times a second. */
  constructor(terminal: Terminal, line: () => string) {
    this.#terminal = terminal;
    this.#line = line;
    if (terminal.stderr.isTTY) this.#timer = setInterval(() => this.#draw(), REDRAW_MS).unref();
  }

  /** Writes a line that stays, above the one that is redrawn. */
  tell(text: string): void {
    this.#terminal.stderr.write(this.#timer === undefined ? `${text}\n` : `\r${text}${END}\n`);
    this.#draw();
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
    if (this.#timer !== undefined) this.#terminal.stderr.write(`\r${END}`);
  }

  /** One write over what stands there, because a line that is erased first flickers. */
  #draw(): void {
    if (this.#timer === undefined) return;
    this.#terminal.stderr.write(`\r${UNWRAPPED}${this.#line()}${END}${WRAPPED}`);
  }
}
