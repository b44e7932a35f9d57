import { builtins } from "./node-builtins.js";
import { warn } from "./warn.js";

/** The headers of a response: names in lower case, values in Latin-1. A name may repeat. */
export type HeaderPairs = readonly (readonly [name: string, value: string])[];

/** Returns the headers of a response as an object. It never throws, because headers only describe a response. */
export function headersFrom(pairs: HeaderPairs): Headers {
  try {
    const headers = newHeaders();
    for (const [name, value] of pairs) headers.append(name, value);
    return headers;
  } catch (error) {
    warn("the response headers are not valid in a Headers object", error);
    // A map has the same methods for reading.
    return new Map(pairs) as unknown as Headers;
  }
}

/** Returns an empty `Headers` object. Test environments such as jsdom lack the global class, so Node's own is used. */
export function newHeaders(): Headers {
  const Class = globalThis.Headers ?? (builtins.vm.runInThisContext("Headers") as typeof Headers);
  return new Class();
}
