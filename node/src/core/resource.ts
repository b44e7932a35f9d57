import type { RequestSender } from "./request-sender.js";

/** The base class of all resources. */
export abstract class Resource {
  /** @internal */
  declare readonly _client: RequestSender;

  /** @internal */
  constructor(client: RequestSender) {
    // Not enumerable, because a printed resource shows only the resources below it.
    Object.defineProperty(this, "_client", { value: client });
  }
}
