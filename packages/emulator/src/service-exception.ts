// What an operation throws to refuse a call, and what breaks a subscription. It never leaves the package: emulator.ts
// and fan-out/subscription.ts turn it into the KinesisError of the port, and the HTTP side that into an error body.

/** Every exception that the emulator answers with; all but EmulatorFullException are the service's. */
export type ExceptionName =
  | "DryRunOperationException"
  | "EmulatorFullException"
  | "ExpiredIteratorException"
  | "ExpiredNextTokenException"
  | "IncompleteSignatureException"
  | "InternalFailure"
  | "InvalidArgumentException"
  | "InvalidSignatureException"
  | "LimitExceededException"
  | "MissingAuthenticationTokenException"
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

/** The exception for a stream that is not there, or no longer. */
export function streamNotFound(
  name: string,
  { accountId }: { readonly accountId: string },
): ServiceException {
  return new ServiceException(
    "ResourceNotFoundException",
    `Stream ${name} under account ${accountId} not found.`,
  );
}
