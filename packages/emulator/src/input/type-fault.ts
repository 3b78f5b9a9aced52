// The refusal of a value of the wrong type, in the service's words.
import { ServiceException } from "../service-exception.ts";

/** How the service's parser calls what it met. */
const JAVA_CLASSES: Readonly<Record<string, string>> = {
  boolean: "class java.lang.Boolean",
  number: "class com.amazon.coral.value.json.numbers.TruncatingBigNumber",
  string: "class java.lang.String",
};

/** `target` is what the value should have been, as the service puts it: "an Integer", "a Blob". */
export function typeFault(value: unknown, target: string): ServiceException {
  const isBytes = value instanceof Uint8Array;
  if (typeof value === "object" && !isBytes) return misplaced(value);
  const met = isBytes
    ? "class java.nio.HeapByteBuffer"
    : (JAVA_CLASSES[typeof value] ?? `a ${typeof value}`);
  return new ServiceException("SerializationException", `${met} can not be converted to ${target}`);
}

/** The same for a list or a structure, whose refusals do not name what was met. */
export function nestingFault(value: unknown, expected: string): ServiceException {
  const isBytes = value instanceof Uint8Array;
  if (typeof value === "object" && !isBytes) return misplaced(value);
  return new ServiceException("SerializationException", expected);
}

/** Whether a value has members: neither a list nor bytes. */
export function isStructure(value: unknown): value is Readonly<Record<string, unknown>> {
  return (
    typeof value === "object" &&
    value !== null &&
    !Array.isArray(value) &&
    !(value instanceof Uint8Array)
  );
}

function misplaced(value: object | null): ServiceException {
  const met = Array.isArray(value)
    ? "Start of list found where not expected"
    : "Start of structure or map found where not expected.";
  return new ServiceException("SerializationException", met);
}
