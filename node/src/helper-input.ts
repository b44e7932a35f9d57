import { isObject, type RequestOptions } from "./options.js";
import type { Input } from "./request.js";

/**
 * Separates the options of a helper: its own go to the engine by the names that `own` gives them, the rest are those of
 * every call.
 */
export function helperInput(
  options: RequestOptions | undefined,
  own: Readonly<Record<string, string>>,
): Pick<Input, "query" | "options" | "keyFromBody"> {
  // What is no object is refused with the other options.
  if (!isObject(options)) return { options };
  const query: Record<string, unknown> = {};
  const rest: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(options)) {
    const known = Object.hasOwn(own, name) ? own[name] : undefined;
    if (known === undefined) rest[name] = value;
    else query[known] = value;
  }
  return { query, options: rest, keyFromBody: true };
}
