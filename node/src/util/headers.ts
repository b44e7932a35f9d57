import { builtins } from "./node-builtins.js";
import { warn } from "./warn.js";

/** Headers of a response: names in lower case, values in Latin-1. A name may come more than once. */
export type HeaderPairs = readonly (readonly [name: string, value: string])[];

/**
 * Headers of a response as an object. They only describe the response, so this never throws.
 *
 * @internal
 */
export function headersFrom(pairs: HeaderPairs): Headers {
  try {
    const headers = newHeaders();
    for (const [name, value] of pairs) headers.append(name, value);
    return headers;
  } catch (fault) {
    warn("the headers of a response could not be made a Headers object", fault);
    // It has the methods that read.
    return new Map(pairs) as unknown as Headers;
  }
}

/**
 * An empty object for headers. Test environments like that of jsdom have no such class; Node itself has.
 *
 * @internal
 */
export function newHeaders(): Headers {
  const Class = globalThis.Headers ?? (builtins.vm.runInThisContext("Headers") as typeof Headers);
  return new Class();
}
