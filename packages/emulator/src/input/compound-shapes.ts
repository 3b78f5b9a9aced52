// Shapes made of other shapes.
import { type InputCheck, required, type RequiredShape, type Shape } from "./shape.ts";
import { isStructure, nestingFault } from "./type-fault.ts";

/** One shape per member: a required one exactly where the type says that the member is there. */
export type MemberShapes<T> = {
  readonly [Name in keyof T]-?: undefined extends T[Name]
    ? Shape<Exclude<T[Name], undefined>>
    : RequiredShape<T[Name]>;
};

interface Member {
  readonly name: string;
  /** As error messages name it. */
  readonly label: string;
  readonly shape: Shape<unknown>;
}

/** An object of known members. Unknown ones are dropped from an input, and within it never looked at. */
export function structure<T extends object>(shapes: MemberShapes<T>): Shape<T> {
  const members = Object.entries<Shape<unknown>>(shapes).map(
    ([name, shape]): Member => ({
      name,
      label: `${name[0]?.toLowerCase()}${name.slice(1)}`,
      shape,
    }),
  );
  return {
    isRequired: false,
    read: (value, check) => {
      if (!isStructure(value)) throw nestingFault(value, "Expected null");
      let read = value;
      for (const { name, label, shape } of members) {
        const before = value[name];
        if (before === undefined && !shape.isRequired) continue;
        check.enter(label);
        const after = readMember(before, shape, check);
        check.leave();
        // The caller's object is copied only where reading it changes something, which puts never do.
        if (after !== before) read = { ...read, [name]: after };
      }
      return (check.isAtTop ? onlyKnown(read, shapes) : read) as T;
    },
  };
}

/** So that no operation can come upon a member that was not checked. */
function onlyKnown(
  input: Readonly<Record<string, unknown>>,
  shapes: object,
): Readonly<Record<string, unknown>> {
  const isKnown = (name: string): boolean => Object.hasOwn(shapes, name);
  if (Object.keys(input).every(isKnown)) return input;
  return Object.fromEntries(Object.entries(input).filter(([name]) => isKnown(name)));
}

function readMember(value: unknown, shape: Shape<unknown>, check: InputCheck): unknown {
  if (value !== undefined && value !== null) return shape.read(value, check);
  if (shape.isRequired) check.violate("null", "Member must not be null");
  return undefined;
}

/** A list of elements of one shape, each of which must be there. */
export function list<T>(
  element: Shape<T>,
  { min, max }: { readonly min: number; readonly max: number },
): Shape<readonly T[]> {
  const each = required(element);
  return {
    isRequired: false,
    read: (value, check) => {
      if (!Array.isArray(value)) throw nestingFault(value, "Expected list or null");
      if (value.length < min) {
        check.violate("'[]'", `Member must have length greater than or equal to ${min}`);
      }
      if (value.length > max) {
        check.violate("'[...]'", `Member must have length less than or equal to ${max}`);
        return [];
      }
      return readElements(value, each, check);
    },
  };
}

function readElements<T>(
  values: readonly unknown[],
  element: Shape<T>,
  check: InputCheck,
): readonly T[] {
  let copy: unknown[] | undefined;
  for (let i = 0; i < values.length; i += 1) {
    check.enter(i);
    const after = readMember(values[i], element, check);
    check.leave();
    // One that is missing is left out: its call is refused.
    if (after === undefined || after !== values[i]) copy ??= values.slice(0, i);
    if (after !== undefined) copy?.push(after);
  }
  return (copy ?? values) as readonly T[];
}
