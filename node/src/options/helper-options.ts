import type { Input } from "../core/request.js";
import { UserError } from "../errors/classes.js";
import { methodOf } from "../util/names.js";
import { isObject, kind } from "./options.js";

/** An option of a helper. The engine takes it by this name, and a time in seconds. */
export interface OwnOption {
  name: string;
  /** The minimum in milliseconds. Omitted if the option is no time. */
  least?: number;
  /** The maximum in milliseconds. Omitted if the option is no time. */
  most?: number;
}

/** Splits the options of a helper from the options of every request. */
export function ownOptions(
  operation: string,
  { options, own }: Input,
): { given: unknown; query: Record<string, unknown> | undefined } {
  // `readCallOptions` rejects a value that is no object.
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
