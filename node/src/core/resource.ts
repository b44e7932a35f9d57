import type { Core } from "./request-sender.js";

/** The base of all resources. */
export abstract class Resource {
  /** @internal */
  declare readonly _client: Core;

  /** @internal */
  constructor(client: Core) {
    // Not enumerable: printing a resource shows the tree below it.
    Object.defineProperty(this, "_client", { value: client });
  }
}
