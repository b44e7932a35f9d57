import { UserError } from "../errors/classes.js";
import { kind } from "../options/options.js";
import { isDate } from "../util/time.js";

/** How deep input may be nested; the engine's reader stops at 128. */
const MAX_DEPTH = 100;

/** Writes input as JSON text and refuses what JSON cannot hold. `what` names the input in errors. */
export function encode(value: unknown, operation: string, what: string): string {
  try {
    return JSON.stringify(plain(value, "", []));
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    const path = error.path || what;
    throw new UserError(`${operation}: \`${path}\` ${error.message}`, {
      field_errors: [{ path, message: error.message }],
    });
  }
}

/** Thrown where a value does not fit. */
class Refused extends Error {
  constructor(
    readonly path: string,
    fault: string,
  ) {
    super(fault);
  }
}

/** A copy of the value that holds plain JSON only. `around` are the objects that the value stands in. */
function plain(value: unknown, path: string, around: readonly object[]): unknown {
  switch (typeof value) {
    case "string":
      if (!value.isWellFormed())
        throw new Refused(path, "holds half of a surrogate pair, which is not valid text");
      return value;
    case "boolean":
      return value;
    case "number":
      if (!Number.isFinite(value))
        throw new Refused(path, `is ${value}, which JSON cannot hold; pass null or a string`);
      return value;
    case "object":
      return value === null ? null : plainObject(value, path, around);
    case "bigint":
      throw new Refused(path, "is a BigInt, which JSON cannot hold; pass a number or a string");
    default:
      throw new Refused(path, `is ${kind(value)}, which JSON cannot hold; pass null or leave it out`);
  }
}

function plainObject(value: object, path: string, around: readonly object[]): unknown {
  if (around.includes(value)) throw new Refused(path, "contains itself");
  if (around.length >= MAX_DEPTH) throw new Refused(path, `is nested deeper than ${MAX_DEPTH} levels`);
  const inside = [...around, value];
  if (Array.isArray(value)) {
    return Array.from(value, (item, index) => plain(item, `${path}[${index}]`, inside));
  }
  if (isDate(value) && Number.isNaN(value.getTime()))
    throw new Refused(path, "is an invalid Date; pass a valid one or a string");
  if ("toJSON" in value && typeof value.toJSON === "function") {
    return plain(value.toJSON(""), path, inside);
  }
  if (value instanceof Map || value instanceof Set || ArrayBuffer.isView(value)) {
    throw new Refused(
      path,
      `is a ${value.constructor.name}, which JSON cannot hold; pass an object or an array`,
    );
  }
  // No prototype, so that a key named `__proto__` is a key like others.
  const copy: Record<string, unknown> = Object.create(null);
  for (const [key, item] of Object.entries(value)) {
    if (item !== undefined) copy[key] = plain(item, path === "" ? key : `${path}.${key}`, inside);
  }
  return copy;
}
