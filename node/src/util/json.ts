import type { Text } from "../native/binding.js";

/** Noted, since programs replace the global one. */
const parseText = JSON.parse;

/**
 * The value that a JSON text of the native module stands for.
 *
 * @internal
 */
export function parse(text: Text): unknown {
  return parseText(typeof text === "string" ? text : text.toString("utf8"));
}
