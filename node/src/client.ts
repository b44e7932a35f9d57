/// <reference lib="esnext.disposable" preserve="true" />

import type { ApiResponse, CustomRequest } from "./core/custom-request.js";
import { RequestSender } from "./core/request-sender.js";
import type { ClientOptions, SharedClientOptions } from "./options/options.js";
import { Root } from "./resources/root.js";

/**
 * A client of the BimpeAI Console API. Make one and keep it: it holds the connections.
 *
 * @example
 * ```ts
 * const client = new BimpeAI(); // reads BIMPEAI_API_KEY, or pass { apiKey }
 * for await (const agent of client.agents.list()) console.log(agent.name);
 * ```
 */
export class BimpeAI extends Root {
  /** With the settings, or with those of `BIMPEAI_API_KEY` and `BIMPEAI_BASE_URL`. */
  constructor(options?: ClientOptions);
  /** @internal */
  constructor(sender: RequestSender);
  constructor(options: ClientOptions | RequestSender = {}) {
    super(options instanceof RequestSender ? options : RequestSender.connect(options));
  }

  /** The address that calls go to. */
  get baseUrl(): string {
    return this._client.baseUrl;
  }

  /**
   * Sends a request that no method stands for, with all that methods do: key, retries, time limits, errors.
   *
   * @example
   * ```ts
   * const { data, meta, requestId } = await client.request<{ id: string; name: string }[]>({
   *   method: "GET",
   *   path: "/agents",
   *   query: { limit: 5 },
   * });
   * console.log(data.map(({ name }) => name), meta?.total_count, requestId);
   * ```
   */
  request<T = unknown>(request: CustomRequest): Promise<ApiResponse<T>> {
    return this._client._custom<T>(request);
  }

  /**
   * A client with other defaults, which shares the connections of this one. Headers are added to those of this
   * client. To close it ends only its own calls and streams.
   *
   * It is of the same class, and has the same attributes. The constructor is not called again, so that fields that
   * begin with `#` are not there.
   *
   * @example
   * ```ts
   * const patient = client.withOptions({ timeout: 120_000, maxRetries: 4, headers: { "x-team": "sales" } });
   * console.log((await patient.agents.list()).data.length);
   * ```
   */
  withOptions(options: SharedClientOptions): this {
    const core = this._client.withOptions(options);
    // The constructor of a subclass may take anything, so that only ours is called.
    const derived = Reflect.construct(BimpeAI, [core], this.constructor as typeof BimpeAI) as this;
    const own = Object.getOwnPropertyDescriptors(this);
    for (const name of Reflect.ownKeys(own)) {
      const property = Reflect.get(own, name) as PropertyDescriptor;
      if (!Object.hasOwn(derived, name)) Object.defineProperty(derived, name, property);
    }
    return derived;
  }

  /**
   * Closes this client and all that were made from it, but not the one that it was made from: later calls fail, and
   * streams end with an error.
   */
  close(): void {
    this._client.close();
  }

  /**
   * `close()`, at the end of a `using` block.
   *
   * @example
   * ```ts
   * using own = new BimpeAI({ timeout: 10_000 });
   * console.log((await own.agents.list()).data.length);
   * ```
   */
  [Symbol.dispose](): void {
    this.close();
  }

  /** What may be shown of a client; the key is not part of it. */
  toJSON(): { baseUrl: string } {
    return { baseUrl: this.baseUrl };
  }

  /** @internal */
  [Symbol.for("nodejs.util.inspect.custom")](): string {
    return `BimpeAI { baseUrl: '${this.baseUrl}' }`;
  }
}
