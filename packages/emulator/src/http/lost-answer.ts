// What the body of an answer throws to have the rest of it lost.
import type { Http2Code } from "../faults/wire-effects.ts";

/** An answer that breaks off: with its stream where there is a code, otherwise with its connection. */
export class LostAnswer extends Error {
  override readonly name = "LostAnswer";
  readonly code: Http2Code | undefined;

  constructor(code?: Http2Code) {
    super("the answer breaks off");
    this.code = code;
  }
}
