/**
 * Returns whether this is a `Date`, also of another realm. Test runners create dates in other realms.
 *
 * @internal
 */
export function isDate(value: unknown): value is Date {
  return Object.prototype.toString.call(value) === "[object Date]";
}

/**
 * Returns whether this is an object and not an array.
 *
 * @internal
 */
export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/**
 * Returns the own properties of an object, without those of a polluted prototype.
 *
 * @internal
 */
export function ownProperties<T extends object>(value: T): T {
  return Object.assign(Object.create(null) as T, value);
}

/**
 * Returns the type of a value in words, for error messages.
 *
 * @internal
 */
export function typeName(value: unknown): string {
  if (value === null || value === undefined) return String(value);
  if (Array.isArray(value)) return "an array";
  return typeof value === "object" ? "an object" : `a ${typeof value}`;
}
