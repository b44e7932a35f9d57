import type { Text } from "./binding.js";

/**
 * The value that a JSON text of the native module stands for.
 *
 * @internal
 */
export function parse(text: Text): unknown {
  return JSON.parse(typeof text === "string" ? text : text.toString("utf8"));
}
