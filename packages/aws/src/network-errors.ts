// Tells errors of the network that came before anything was sent from those that came after: only with the
// former is it certain that the service did not act.

/** What Node and the SDK tell of a failed connection. */
export interface NetworkError {
  readonly name: string;
  readonly message: string;
  readonly code: string | undefined;
  readonly syscall: string | undefined;
}

/** Looking up a name and connecting come before sending. */
const SYSCALLS_BEFORE_SENDING: ReadonlySet<string> = new Set(["connect", "getaddrinfo"]);

/** A refusal, a failed lookup, a certificate that was not accepted: how the codes of these begin. */
const CODES_BEFORE_SENDING: readonly string[] = [
  "ECONNREFUSED",
  "ENOTFOUND",
  "EAI_",
  "CERT_",
  "CRL_",
  "DEPTH_ZERO_",
  "ERR_TLS_",
  "HOSTNAME_MISMATCH",
  "INVALID_CA",
  "INVALID_PURPOSE",
  "PATH_LENGTH_EXCEEDED",
  "SELF_SIGNED_",
  "UNABLE_TO_",
];

/** OpenSSL's reasons that only a handshake has; it tells them in the code or in the message. */
const HANDSHAKE_REASONS: readonly string[] = [
  "certificate",
  "handshake failure",
  "no shared cipher",
  "protocol version",
  "unknown ca",
  "unrecognized name",
  "unsupported protocol",
  "version too low",
  "wrong version number",
];

/** Errors that only their text tells apart: the SDK's connect timeout, Node's broken handshake. */
const MESSAGES_BEFORE_SENDING: readonly string[] = [
  "did not establish a connection",
  "disconnected before secure TLS connection was established",
];

/** Whether an error says that no connection came about. */
export function wasNeverSent({ code = "", message, syscall = "" }: NetworkError): boolean {
  if (SYSCALLS_BEFORE_SENDING.has(syscall)) return true;
  if (CODES_BEFORE_SENDING.some((start) => code.startsWith(start))) return true;
  if (code === "EPROTO" || code.startsWith("ERR_SSL_")) {
    const told = `${code} ${message}`.replaceAll("_", " ").toLowerCase();
    return HANDSHAKE_REASONS.some((reason) => told.includes(reason));
  }
  return MESSAGES_BEFORE_SENDING.some((text) => message.includes(text));
}
