import { UserError } from "../errors/classes.js";
import { isDate, isObject, numberOrType } from "../util/values.js";

/** Returns the value of an option in the form of the engine, or throws a `UserError`. */
export type Check = (value: unknown, name: string) => unknown;

export const text = check("a string", (value) => typeof value === "string");
export const hook = check("a function", (value) => typeof value === "function");
export const flag = check("true or false", (value) => typeof value === "boolean");
export const count = check("a whole number from 0", (value) => Number.isInteger(value) && Number(value) >= 0);
export const level = check("`debug`, `info` or `off`", (value) =>
  ["debug", "info", "off"].includes(value as string),
);
export const loggerLike = check("an object with `debug` or `info`, such as `console`", (value) => {
  const names = ["debug", "info", "warn", "error"];
  return isObject(value) && names.some((method) => typeof value[method] === "function");
});
// Not `instanceof`, because test runners and polyfills have other classes.
export const abortSignal = check(
  "an AbortSignal",
  (value) =>
    isObject(value) && typeof value.aborted === "boolean" && typeof value.addEventListener === "function",
);

export function milliseconds(value: unknown, name: string): number {
  if (typeof value === "number" && value > 0 && value <= Number.MAX_SAFE_INTEGER) return Math.ceil(value);
  throw invalid(name, "a number of milliseconds above 0", value);
}

export function eventIdOrTime(value: unknown, name: string): unknown {
  if (!isDate(value)) return text(value, name);
  if (Number.isNaN(value.getTime())) throw invalid(name, "a valid Date", value);
  return value.toISOString();
}

function check(expected: string, isValid: (value: unknown) => boolean): Check {
  return (value, name) => {
    if (isValid(value)) return value;
    throw invalid(name, expected, value);
  };
}

/** Returns the error for an invalid option. It shows only numbers, because text may be a key. */
function invalid(name: string, expected: string, value: unknown): UserError {
  return new UserError(`\`${name}\` must be ${expected}, not ${numberOrType(value)}`);
}
