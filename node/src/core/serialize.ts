import { UserError } from "../errors/classes.js";
import { isDate, typeName } from "../util/values.js";

/** Maximum nesting of input. The engine's parser stops at 128. */
const MAX_DEPTH = 100;

/** Serializes input to JSON and refuses values that JSON cannot encode. `name` names the input in errors. */
export function serialize(value: unknown, operation: string, name: string): string {
  try {
    return JSON.stringify(toPlain(value, "", []));
  } catch (error) {
    if (!(error instanceof InvalidValue)) throw error;
    const path = error.path || name;
    throw new UserError(`${operation}: \`${path}\` ${error.message}`, {
      field_errors: [{ path, message: error.message }],
    });
  }
}

/** A value that JSON cannot encode, and its path. */
class InvalidValue extends Error {
  constructor(
    readonly path: string,
    message: string,
  ) {
    super(message);
  }
}

/** Returns the error for a value of an unsupported type. */
function unsupported(path: string, what: string, advice: string): InvalidValue {
  return new InvalidValue(path, `is ${what}, which cannot be encoded as JSON; ${advice}`);
}

/** Returns a copy of plain JSON values. `parents` are the objects around the value. */
function toPlain(value: unknown, path: string, parents: readonly object[]): unknown {
  switch (typeof value) {
    case "boolean":
      return value;
    case "string":
      if (value.isWellFormed()) return value;
      throw new InvalidValue(path, "contains an unpaired surrogate");
    case "number":
      if (Number.isFinite(value)) return value;
      throw unsupported(path, String(value), "pass null or a string");
    case "object":
      return value === null ? null : objectToPlain(value, path, parents);
    case "bigint":
      throw unsupported(path, "a BigInt", "pass a number or a string");
    default:
      throw unsupported(path, typeName(value), "pass null or leave it out");
  }
}

function objectToPlain(value: object, path: string, parents: readonly object[]): unknown {
  if (parents.includes(value)) throw new InvalidValue(path, "contains itself");
  if (parents.length >= MAX_DEPTH) throw new InvalidValue(path, `is nested deeper than ${MAX_DEPTH} levels`);
  const inner = [...parents, value];
  if (Array.isArray(value)) {
    return Array.from(value, (item, index) => toPlain(item, `${path}[${index}]`, inner));
  }
  if (isDate(value) && Number.isNaN(value.getTime()))
    throw new InvalidValue(path, "is an invalid Date; pass a valid one or a string");
  if ("toJSON" in value && typeof value.toJSON === "function") {
    return toPlain(value.toJSON(""), path, inner);
  }
  if (value instanceof Map || value instanceof Set || ArrayBuffer.isView(value)) {
    throw unsupported(path, typeName(value), "pass an object or an array");
  }
  // Without a prototype, because a key may be named `__proto__`.
  const copy: Record<string, unknown> = Object.create(null);
  for (const [key, item] of Object.entries(value)) {
    if (item !== undefined) copy[key] = toPlain(item, path === "" ? key : `${path}.${key}`, inner);
  }
  return copy;
}
