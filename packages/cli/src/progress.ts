// One line that tells how far a long command is: redrawn on a terminal, left out elsewhere.
import type { Terminal } from "./terminal.ts";

const REDRAW_MS = 100;

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
    this.#erase();
    this.#terminal.stderr.write(`${text}\n`);
    this.#draw();
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
    this.#erase();
  }

  #draw(): void {
    if (this.#timer === undefined) return;
    this.#erase();
    this.#terminal.stderr.write(this.#line());
  }

  #erase(): void {
    if (this.#timer !== undefined) this.#terminal.stderr.write("\r\u001b[2K");
  }
}
