// What an operation throws to refuse a call. It never leaves the package: emulator.ts turns it into the
// KinesisError of the port, and http-handler.ts that into an error body.

/** Every exception that the emulator answers with. */
export type ExceptionName =
  | "DryRunOperationException"
  | "ExpiredIteratorException"
  | "ExpiredNextTokenException"
  | "InvalidArgumentException"
  | "LimitExceededException"
  | "ProvisionedThroughputExceededException"
  | "ResourceInUseException"
  | "ResourceNotFoundException"
  | "SerializationException"
  | "UnknownOperationException"
  | "ValidationException";

/** An exception of the service, by the name that AWS gives it. */
export class ServiceException extends Error {
  override readonly name: ExceptionName;

  constructor(name: ExceptionName, message: string) {
    super(message);
    this.name = name;
  }
}

/** The exception for what an input says, where it is neither of a wrong type nor out of bounds. */
export function invalidArgument(message: string): ServiceException {
  return new ServiceException("InvalidArgumentException", message);
}
