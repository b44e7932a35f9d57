/** JSON text, as a string or as its bytes in UTF-8. */
export type JsonText = string | Buffer;

// Stored at load time, because programs replace `JSON.parse`.
const parse = JSON.parse;

/** Parses JSON text of the native module. */
export function parseJson(text: JsonText): unknown {
  return parse(typeof text === "string" ? text : text.toString("utf8"));
}
