import { UserError } from "../errors/classes.js";
import { methodName } from "../util/names.js";
import { isObject, numberOrType } from "../util/values.js";

/** How an option of a helper reaches the engine: its name there, and its limits if it is a time. */
export interface HelperOption {
  name: string;
  /** Minimum in milliseconds. The engine takes times in seconds. */
  least?: number;
  /** Maximum in milliseconds. */
  most?: number;
}

/** Separates the options of a helper from the request options. */
export function splitHelperOptions(
  operation: string,
  options: unknown,
  helperOptions: Readonly<Record<string, HelperOption>> | undefined,
): { requestOptions: unknown; query: Record<string, unknown> | undefined } {
  // The check of the request options refuses a value that is not an object.
  if (helperOptions === undefined || !isObject(options)) return { requestOptions: options, query: undefined };
  const query: Record<string, unknown> = {};
  const requestOptions: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(options)) {
    const option = Object.hasOwn(helperOptions, name) ? helperOptions[name] : undefined;
    if (option === undefined) requestOptions[name] = value;
    else if (value !== undefined) query[option.name] = convert(operation, name, option, value);
  }
  return { requestOptions, query };
}

function convert(operation: string, name: string, { least, most }: HelperOption, value: unknown): unknown {
  if (least === undefined || most === undefined) return value;
  if (typeof value === "number" && value >= least && value <= most) return value / 1000;
  throw new UserError(
    `${methodName(operation)}: \`${name}\` must be ${least} to ${most} milliseconds, not ${numberOrType(value)}`,
  );
}
