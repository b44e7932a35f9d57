import { isObject } from "./values.js";

/** Masks fields of an object in `console.log` of Node, Bun and Deno. Its properties and its JSON do not change. */
export function maskWhenInspected<T>(value: T, names: readonly string[]): T {
  if (!isObject(value)) return value;
  const shown = () => ({ ...value, ...Object.fromEntries(names.map((name) => [name, "****"])) });
  return Object.defineProperty(value, Symbol.for("nodejs.util.inspect.custom"), { value: shown });
}
