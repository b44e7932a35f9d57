/** The reason for a missing response, as the engine reads it. */
export interface Failure {
  /** `not_sent` if the server cannot have received the request, `tls` if its certificate was refused, else `lost`. */
  state: "not_sent" | "tls" | "lost";
  /** The name that Node gives the reason, as in `ECONNREFUSED`. */
  code: string | undefined;
  /** The reason, without addresses, because the address of a stream has a ticket. */
  reason: string;
}

/** Codes of runtimes, and the codes that Node's network functions give the same reason. */
const CODES: Readonly<Record<string, string>> = {
  ConnectionRefused: "ECONNREFUSED",
  ConnectionClosed: "ECONNRESET",
  UND_ERR_SOCKET: "ECONNRESET",
  UND_ERR_CONNECT_TIMEOUT: "ETIMEDOUT",
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: "UNABLE_TO_GET_ISSUER_CERT_LOCALLY",
  SELF_SIGNED_CERT_IN_CHAIN: "UNABLE_TO_GET_ISSUER_CERT_LOCALLY",
  DEPTH_ZERO_SELF_SIGNED_CERT: "UNABLE_TO_GET_ISSUER_CERT_LOCALLY",
  ERR_SSL_WRONG_VERSION_NUMBER: "EPROTO",
};

/** Codes, and texts of runtimes without codes, of a connection that was not opened. */
const NOT_SENT =
  /^(?:ECONNREFUSED|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH|UND_ERR_CONNECT_TIMEOUT|ConnectionRefused)$|client error \(Connect\)|dns error/;
const TLS = /^(?:CERT_|ERR_TLS|ERR_SSL|EPROTO|UNABLE_TO_|SELF_SIGNED|DEPTH_ZERO)|certificate/i;
/** Texts of runtimes without codes, and the codes for them. */
const TEXTS: readonly (readonly [RegExp, string])[] = [
  [/connection refused/i, "ECONNREFUSED"],
  [/connection reset|connection closed|connection lost|terminated/i, "ECONNRESET"],
  [/dns error|failed to lookup/i, "ENOTFOUND"],
  [/unknownissuer/i, "UNABLE_TO_GET_ISSUER_CERT_LOCALLY"],
];

/** Converts an error of `fetch`. `isBrowser` adds the usual reason there, which browsers hide. */
export function failureOf(error: unknown, isBrowser: boolean): Failure {
  const texts: string[] = [];
  let code: string | undefined;
  // Runtimes put the reason into a chain of causes.
  for (let cause = error, depth = 0; cause instanceof Error && depth < 5; cause = cause.cause, depth++) {
    texts.push(cause.message.replace(/\b[a-z]+:\/\/[^\s)"]+/gi, "the address"));
    const { code: own } = cause as { code?: unknown };
    if (typeof own === "string") code = own;
  }
  const text = texts.filter((part) => part !== "").join(": ") || "the connection failed";
  const matches = (pattern: RegExp) => (code !== undefined && pattern.test(code)) || pattern.test(text);
  const state = matches(TLS) ? "tls" : matches(NOT_SENT) ? "not_sent" : "lost";
  const named =
    code === undefined ? TEXTS.find(([pattern]) => pattern.test(text))?.[1] : (CODES[code] ?? code);
  const advice = isBrowser ? "; the server must also allow the origin of this page by CORS" : "";
  return { state, code: named, reason: text + advice };
}
