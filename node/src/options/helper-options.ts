import type { Input } from "../core/request.js";
import { UserError } from "../errors/classes.js";
import { methodOf } from "../util/names.js";
import { isObject, kind } from "./options.js";

/** How an option of a helper reaches the engine: by this name, and a time in seconds. */
export interface OwnOption {
  name: string;
  /** The shortest and the longest time, in milliseconds; without them, the option is no time. */
  least?: number;
  most?: number;
}

/** Separates the options of a helper from those of every call. */
export function ownOptions(
  operation: string,
  { options, own }: Input,
): { given: unknown; query: Record<string, unknown> | undefined } {
  // What is no object is refused with the other options.
  if (own === undefined || !isObject(options)) return { given: options, query: undefined };
  const query: Record<string, unknown> = {};
  const given: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(options)) {
    const option = Object.hasOwn(own, name) ? own[name] : undefined;
    if (option === undefined) given[name] = value;
    else if (value !== undefined) query[option.name] = checked(operation, name, option, value);
  }
  return { given, query };
}

function checked(operation: string, name: string, { least, most }: OwnOption, value: unknown): unknown {
  if (least === undefined || most === undefined) return value;
  if (typeof value === "number" && value >= least && value <= most) return value / 1000;
  const found = typeof value === "number" ? value : kind(value);
  throw new UserError(
    `${methodOf(operation)}: \`${name}\` must be ${least} to ${most} milliseconds, not ${found}`,
  );
}
