import { inspect } from "node:util";
import { Core } from "./core.js";
import type { ClientOptions, SharedClientOptions } from "./options.js";
import { Root } from "./resources/index.js";

/**
 * A client of the BimpeAI Console API. Make one and keep it: it holds the connections.
 *
 * @example
 * ```ts
 * const client = new BimpeAI({ apiKey: "sk_…" });
 * for await (const agent of client.agents.list()) console.log(agent.name);
 * ```
 */
export class BimpeAI extends Root {
  /** With the settings, or with those of `BIMPEAI_API_KEY` and `BIMPEAI_BASE_URL`. */
  constructor(options?: ClientOptions);
  /** @internal */
  constructor(core: Core);
  constructor(options: ClientOptions | Core = {}) {
    super(options instanceof Core ? options : Core.connect(options));
  }

  /** The address that calls go to. */
  get baseUrl(): string {
    return this._client.baseUrl;
  }

  /** A client with other defaults, which shares the connections of this one. */
  withOptions(options: SharedClientOptions): BimpeAI {
    return new BimpeAI(this._client.withOptions(options));
  }

  /** Closes this client and all that were made from it: later calls fail. */
  close(): void {
    this._client.close();
  }

  /** What may be shown of a client; the key is not part of it. */
  toJSON(): { baseUrl: string } {
    return { baseUrl: this.baseUrl };
  }

  /** @internal */
  [inspect.custom](): string {
    return `BimpeAI { baseUrl: '${this.baseUrl}' }`;
  }
}
