// The first check of every call: are the members of the right JSON types, and do they keep the constraints
// of the service's model? A wrong type refuses the call at once; broken constraints are gathered, up to
// ten, into one ValidationException in the service's wording.
import { ServiceException } from "../service-exception.ts";

/** The service stops looking after this many. */
const MAX_VIOLATIONS = 10;

/** What one value of an input must look like. */
export interface Shape<T> {
  /** Whether the member must be there; null counts as absent. */
  readonly isRequired: boolean;
  /** Answers the value as operations see it. It is the given one unless something had to be converted. */
  read(value: unknown, check: InputCheck): T;
}

/** A shape whose member must be there. */
export interface RequiredShape<T> extends Shape<T> {
  readonly isRequired: true;
}

/** The same shape for a member that must be there. */
export function required<T>(shape: Shape<T>): RequiredShape<T> {
  return { isRequired: true, read: (value, check) => shape.read(value, check) };
}

/**
 * Reads a whole input.
 * @throws ServiceException SerializationException or ValidationException
 */
export function readInput<T>(shape: Shape<T>, input: unknown): T {
  const check = new InputCheck();
  const read = shape.read(input, check);
  check.finish();
  return read;
}

/** Where the reading of one input stands, and what it found wrong so far. */
export class InputCheck {
  readonly #path: (string | number)[] = [];
  readonly #violations: string[] = [];

  /** Whether it is the input itself that is being read. */
  get isAtTop(): boolean {
    return this.#path.length === 0;
  }

  /** Goes to a member by name, or to an element by index. */
  enter(step: string | number): void {
    this.#path.push(step);
  }

  leave(): void {
    this.#path.pop();
  }

  /** Notes a broken constraint of the value that the path has reached. */
  violate(shown: string, rule: string): void {
    if (this.#violations.length === MAX_VIOLATIONS) return;
    const path = this.#path.map(showStep).join(".");
    this.#violations.push(`Value ${shown} at '${path}' failed to satisfy constraint: ${rule}`);
  }

  finish(): void {
    const count = this.#violations.length;
    if (count === 0) return;
    throw new ServiceException(
      "ValidationException",
      `${count} validation error${count === 1 ? "" : "s"} detected: ${this.#violations.join("; ")}`,
    );
  }
}

/** Elements count from one. */
function showStep(step: string | number): string {
  return typeof step === "number" ? `${step + 1}.member` : step;
}
