import { UserError } from "../errors/classes.js";

/** Headers as an object, as `Headers` of any package, as a `Map`, or as anything else that gives pairs. */
export type HeadersInput =
  | Readonly<Record<string, string | undefined>>
  | Iterable<readonly [name: string, value: string]>;

/** Names and values as the engine takes them. */
export type Pairs = [name: string, value: string][];

const WANTED = "an object of strings, Headers, a Map or pairs";

/**
 * The headers as pairs. An error never holds a value: it may be a password.
 *
 * @internal
 */
export function headerPairs(value: unknown, name: string): Pairs {
  const entries = isIterable(value) ? pairsOf(value, name) : entriesOf(value, name);
  const pairs: Pairs = [];
  for (const [key, item] of entries) {
    if (item === undefined) continue;
    if (typeof item !== "string") throw refused(`${name}["${key}"]`, "a string", item);
    pairs.push([key, item]);
  }
  return pairs;
}

function isIterable(value: unknown): value is Iterable<unknown> {
  return typeof value === "object" && value !== null && Symbol.iterator in value;
}

function pairsOf(value: Iterable<unknown>, name: string): [string, unknown][] {
  return Array.from(value, (pair, index) => {
    if (!Array.isArray(pair) || pair.length !== 2 || typeof pair[0] !== "string") {
      throw refused(`${name}[${index}]`, "a pair of a name and a value", pair);
    }
    return pair as [string, unknown];
  });
}

/** An object of a class has no headers that could be read; those of other realms have another `Object`. */
function entriesOf(value: unknown, name: string): [string, unknown][] {
  if (typeof value === "object" && value !== null) {
    const prototype: unknown = Object.getPrototypeOf(value);
    if (prototype === null || Object.getPrototypeOf(prototype) === null) return Object.entries(value);
  }
  throw refused(name, WANTED, value);
}

function refused(name: string, wanted: string, value: unknown): UserError {
  return new UserError(`\`${name}\` must be ${wanted}, not ${described(value)}`);
}

function described(value: unknown): string {
  if (value === null || value === undefined) return String(value);
  if (Array.isArray(value)) return "an array";
  if (typeof value !== "object") return `a ${typeof value}`;
  const name: unknown = value.constructor?.name;
  return typeof name === "string" && name !== "Object" && name !== "" ? `a ${name}` : "an object";
}
