import { UserError } from "./errors.js";

/** How deep input may be nested; the engine's reader stops at 128. */
const MAX_DEPTH = 100;

/** Writes input as JSON text and refuses what JSON cannot hold. `what` names the input in errors. */
export function encode(value: unknown, what: string): string {
  return JSON.stringify(plain(value, what, []));
}

/** A copy of the value that holds plain JSON only. `around` are the objects that the value stands in. */
function plain(value: unknown, path: string, around: readonly object[]): unknown {
  switch (typeof value) {
    case "string":
      if (!value.isWellFormed())
        throw refused(path, "holds half of a surrogate pair, which is not valid text");
      return value;
    case "boolean":
      return value;
    case "number":
      if (!Number.isFinite(value)) throw refused(path, `is ${value}, which JSON cannot hold`);
      return value;
    case "object":
      return value === null ? null : plainObject(value, path, around);
    case "bigint":
      throw refused(path, "is a BigInt, which JSON cannot hold; use a number or a string");
    default:
      throw refused(path, `is ${typeof value === "undefined" ? "undefined" : `a ${typeof value}`}`);
  }
}

function plainObject(value: object, path: string, around: readonly object[]): unknown {
  if (around.includes(value)) throw refused(path, "contains itself");
  if (around.length >= MAX_DEPTH) throw refused(path, `is nested deeper than ${MAX_DEPTH} levels`);
  const inside = [...around, value];
  if (Array.isArray(value)) {
    return Array.from(value, (item, index) => plain(item, `${path}[${index}]`, inside));
  }
  if (value instanceof Date && Number.isNaN(value.getTime())) throw refused(path, "is an invalid date");
  if ("toJSON" in value && typeof value.toJSON === "function") {
    return plain(value.toJSON(""), path, inside);
  }
  if (value instanceof Map || value instanceof Set || ArrayBuffer.isView(value)) {
    throw refused(path, `is a ${value.constructor.name}; use a plain object or array`);
  }
  // No prototype, so that a key named `__proto__` is a key like others.
  const copy: Record<string, unknown> = Object.create(null);
  for (const [key, item] of Object.entries(value)) {
    if (item !== undefined) copy[key] = plain(item, `${path}.${key}`, inside);
  }
  return copy;
}

function refused(path: string, fault: string): UserError {
  return new UserError(`${path} ${fault}`);
}
