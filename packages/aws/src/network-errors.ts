// Tells errors of the network that came before anything was sent from those that came after: only with the
// former is it certain that the service did not act.

/** What Node and the SDK tell of a failed connection. */
export interface NetworkError {
  readonly name: string;
  readonly message: string;
  readonly code?: string;
  readonly syscall?: string;
}

/** Looking up a name and connecting come before sending. */
const SYSCALLS_BEFORE_SENDING: ReadonlySet<string> = new Set(["connect", "getaddrinfo"]);

/** A TCP refusal, a failed lookup, a certificate that was not accepted. */
const CODES_BEFORE_SENDING =
  /^(ECONNREFUSED|ENOTFOUND|EAI_|CERT_|CRL_|DEPTH_ZERO_|ERR_TLS_|HOSTNAME_MISMATCH|INVALID_CA|INVALID_PURPOSE|PATH_LENGTH_EXCEEDED|SELF_SIGNED_|UNABLE_TO_)/;

/** OpenSSL names its reason in the code or only in the message; these are reasons of the handshake. */
const HANDSHAKE_CODES = /^(EPROTO$|ERR_SSL_)/;
const HANDSHAKE_REASONS =
  /certificate|handshake.failure|no.shared.cipher|protocol.version|unknown.ca|unrecognized.name|unsupported.protocol|version.too.low|wrong.version.number/i;

/** Errors that only their text tells apart: the SDK's connect timeout, Node's broken handshake. */
const MESSAGES_BEFORE_SENDING =
  /did not establish a connection|disconnected before secure TLS connection was established/;

/** Whether an error says that no connection came about. */
export function wasNeverSent({ code = "", message, syscall = "" }: NetworkError): boolean {
  if (SYSCALLS_BEFORE_SENDING.has(syscall) || CODES_BEFORE_SENDING.test(code)) return true;
  if (HANDSHAKE_CODES.test(code)) return HANDSHAKE_REASONS.test(`${code} ${message}`);
  return MESSAGES_BEFORE_SENDING.test(message);
}
