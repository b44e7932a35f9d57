/// <reference lib="esnext.disposable" preserve="true" />

import type { ApiResponse, CustomRequest } from "./core/custom-request.js";
import { RequestSender } from "./core/request-sender.js";
import type { ClientOptions, SharedClientOptions } from "./options/options.js";
import { Root } from "./resources/root.js";

/**
 * A client of the BimpeAI Console API. Create one and reuse it, because it holds the connections.
 *
 * @example
 * ```ts
 * const client = new BimpeAI(); // reads BIMPEAI_API_KEY, or pass { apiKey }
 * for await (const agent of client.agents.list()) console.log(agent.name);
 * ```
 */
export class BimpeAI extends Root {
  /** Creates a client. Options default to the environment variables `BIMPEAI_API_KEY` and `BIMPEAI_BASE_URL`. */
  constructor(options?: ClientOptions);
  /** @internal */
  constructor(sender: RequestSender);
  constructor(options: ClientOptions | RequestSender = {}) {
    super(options instanceof RequestSender ? options : RequestSender.connect(options));
  }

  /** The base URL. */
  get baseUrl(): string {
    return this._client.baseUrl;
  }

  /**
   * Sends a request to an endpoint without a typed method, with the same authentication, retries, timeouts and errors.
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
   * Returns a client with other defaults that shares the connections of this client. Its headers are added to those of
   * this client. Closing it ends only its own requests and streams.
   *
   * The client has the same class and properties. The constructor of a subclass does not run again, so private fields
   * (`#name`) of the subclass are missing.
   *
   * @example
   * ```ts
   * const patient = client.withOptions({ timeout: 120_000, maxRetries: 4, headers: { "x-team": "sales" } });
   * console.log((await patient.agents.list()).data.length);
   * ```
   */
  withOptions(options: SharedClientOptions): this {
    const sender = this._client.withOptions(options);
    // Only this constructor runs, because a subclass may take other arguments.
    const derived = Reflect.construct(BimpeAI, [sender], this.constructor as typeof BimpeAI) as this;
    const own = Object.getOwnPropertyDescriptors(this);
    for (const name of Reflect.ownKeys(own)) {
      const property = Reflect.get(own, name) as PropertyDescriptor;
      if (!Object.hasOwn(derived, name)) Object.defineProperty(derived, name, property);
    }
    return derived;
  }

  /**
   * Closes this client and the clients derived from it. New requests fail, and streams end with an error.
   */
  close(): void {
    this._client.close();
  }

  /**
   * Calls `close()` at the end of a `using` block.
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

  /** Returns the public fields of the client, without the API key. */
  toJSON(): { baseUrl: string } {
    return { baseUrl: this.baseUrl };
  }

  /** @internal */
  [Symbol.for("nodejs.util.inspect.custom")](): string {
    return `BimpeAI { baseUrl: '${this.baseUrl}' }`;
  }
}
