import { UserError } from "../errors/classes.js";
import { typeName } from "../util/values.js";

/** Headers as an object, `Headers` of any package, a `Map`, or another iterable of pairs. */
export type HeadersInput =
  | Readonly<Record<string, string | undefined>>
  | Iterable<readonly [name: string, value: string]>;

/** Names and values in the form of the engine. */
export type Pairs = [name: string, value: string][];

const EXPECTED = "an object of strings, Headers, a Map or pairs";

/** Returns headers as pairs. Errors hold no value, because it may be a secret. */
export function headerPairs(value: unknown, name: string): Pairs {
  const entries = isIterable(value) ? pairsOf(value, name) : entriesOf(value, name);
  const pairs: Pairs = [];
  for (const [key, item] of entries) {
    if (item === undefined) continue;
    if (typeof item !== "string") throw invalid(`${name}["${key}"]`, "a string", item);
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
      throw invalid(`${name}[${index}]`, "a pair of a name and a value", pair);
    }
    return pair as [string, unknown];
  });
}

/** Refuses objects of classes, whose headers cannot be read. Objects of other realms have another `Object`. */
function entriesOf(value: unknown, name: string): [string, unknown][] {
  if (typeof value === "object" && value !== null) {
    const prototype: unknown = Object.getPrototypeOf(value);
    if (prototype === null || Object.getPrototypeOf(prototype) === null) return Object.entries(value);
  }
  throw invalid(name, EXPECTED, value);
}

function invalid(name: string, expected: string, value: unknown): UserError {
  return new UserError(`\`${name}\` must be ${expected}, not ${typeName(value)}`);
}
