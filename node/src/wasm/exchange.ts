import { failureOf } from "./failure.js";
import type { Runtime } from "./runtime.js";

/** The head of a response, as the engine reads it. */
export interface Head {
  status: number;
  /** Names and values by turns. */
  headers: string[];
}

/** Headers that no API of another origin allows. The browser sends its own user agent, and `fetchOptions` avoid its cache. */
const NOT_IN_BROWSERS = new Set(["user-agent", "cache-control"]);

/** A request over `fetch`, and its response. Its promises reject with a `Failure`. */
export class Exchange {
  readonly #controller = new AbortController();
  readonly #response: Promise<Response>;
  readonly #runtime: Runtime;
  #reader: ReadableStreamDefaultReader<Uint8Array> | undefined;
  /** The bytes of the body that are missing, if the server announced a length. */
  #missing: number | undefined;

  constructor(
    runtime: Runtime,
    method: string,
    url: string,
    headers: readonly string[],
    body: Uint8Array<ArrayBuffer> | undefined,
  ) {
    this.#runtime = runtime;
    const pairs: [string, string][] = [];
    for (let index = 0; index < headers.length; index += 2) {
      const name = headers[index] as string;
      if (!runtime.isBrowser || !NOT_IN_BROWSERS.has(name)) pairs.push([name, headers[index + 1] as string]);
    }
    const { signal } = this.#controller;
    // Never followed, because a redirect would repeat the API key at another address.
    const options: RequestInit = {
      ...runtime.fetchOptions,
      method,
      headers: pairs,
      redirect: "manual",
      signal,
    };
    if (body !== undefined) options.body = body;
    this.#response = send(url, options);
    // `head` reports the error.
    this.#response.catch(() => {});
  }

  async head(): Promise<Head> {
    const response = await this.#failing(this.#response);
    this.#reader = response.body?.getReader();
    // Browsers hide the status of a redirect.
    const status = response.type === "opaqueredirect" ? 302 : response.status;
    const headers = [...response.headers];
    // The body is decoded, so its length and its encoding are those of other bytes.
    const isCoded = response.headers.has("content-encoding");
    const own = headers.filter(([name]) => !isCoded || !/^content-(?:encoding|length)$/.test(name));
    const length = response.headers.get("content-length");
    if (!isCoded && length !== null) this.#missing = Number(length);
    return { status, headers: own.flat() };
  }

  async chunk(): Promise<Uint8Array | undefined> {
    if (this.#reader === undefined) return undefined;
    const { done, value } = await this.#failing(this.#reader.read());
    if (this.#missing !== undefined) this.#missing -= value?.length ?? 0;
    if (done) this.#reader = undefined;
    // Not all runtimes report a connection that ends within the body.
    if (done && this.#missing !== undefined && this.#missing > 0) {
      throw failureOf(new Error("the connection closed within the body"), this.#runtime.isBrowser);
    }
    return value;
  }

  cancel(): void {
    this.#controller.abort();
  }

  async #failing<T>(promise: Promise<T>): Promise<T> {
    try {
      return await promise;
    } catch (error) {
      throw failureOf(error, this.#runtime.isBrowser);
    }
  }
}

/** Calls `fetch`. Some runtimes throw at once for options that others reject with. */
async function send(url: string, options: RequestInit): Promise<Response> {
  return fetch(url, options);
}
