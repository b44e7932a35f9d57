import { request } from "node:http";
import { parseJson } from "../util/json.js";
import { camelCase, snakeCase } from "../util/names.js";

/** Milliseconds until the sandbox must respond. */
const TIMEOUT = 30_000;

/** The sandbox did not start, or refused a request of a test helper. The message has the cause. */
export class SandboxError extends Error {
  override name = "SandboxError";
}

/** A request that the sandbox received. Secrets are masked. */
export interface RecordedRequest {
  /** Position in the journal. */
  id: number;
  /** Time of the sandbox's clock, in ISO 8601. */
  time: string;
  /** Name of the operation, such as `agents.list`. `null` for an unknown path. */
  operation: string | null;
  /** HTTP method. */
  method: string;
  /** Path of the request, without the query. */
  path: string;
  /** Query parameters. */
  query: Record<string, string | string[]>;
  /** Headers. The names are in lower case. */
  headers: Record<string, string | string[]>;
  /** The decoded JSON body, or `null`. */
  // biome-ignore lint/suspicious/noExplicitAny: the type of JSON
  body: any;
  /** Status of the response. */
  status: number;
  /** The decoded JSON body of the response. A long response is cut to a text. */
  // biome-ignore lint/suspicious/noExplicitAny: the type of JSON
  response: any;
  /** Milliseconds until the response. */
  durationMs: number;
}

/** Sends requests to the admin API of a sandbox. `node:http` uses no proxy, and exists in jsdom as well. */
export class Admin {
  readonly #url: string;

  constructor(url: string) {
    this.#url = `${url}/_sandbox`;
  }

  /** Sends a request to a path under `/_sandbox`, and returns the `data` of the response. */
  async request(method: string, path: string, body: object = {}): Promise<unknown> {
    const { status, isSandbox, text } = await send(method, `${this.#url}${path}`, JSON.stringify(body));
    if (!isSandbox) throw new SandboxError(`the server at ${this.#url} is not a sandbox of bimpe`);
    const { data, message } = parseJson(text) as { data?: unknown; message?: unknown };
    if (status >= 400)
      throw new SandboxError(`the sandbox refused ${method} ${path}: ${[message].flat().join("; ")}`);
    return data;
  }

  /** Returns the recorded requests. */
  async requests(operation: string | undefined): Promise<RecordedRequest[]> {
    const query = operation === undefined ? "" : `?operation=${encodeURIComponent(snakeCase(operation))}`;
    const records = (await this.request("GET", `/requests${query}`)) as object[];
    return records.map((record) => renamed(record, camelCase) as unknown as RecordedRequest);
  }
}

/** Returns a copy with other property names. */
export function renamed(object: object, rename: (name: string) => string): object {
  return Object.fromEntries(Object.entries(object).map(([name, value]) => [rename(name), value]));
}

interface AdminResponse {
  status: number;
  isSandbox: boolean;
  text: string;
}

function send(method: string, url: string, body: string): Promise<AdminResponse> {
  return new Promise((resolve, reject) => {
    const fail = (error: Error) =>
      reject(new SandboxError(`no sandbox responds at ${url}: ${error.message}`, { cause: error }));
    const headers = { "content-type": "application/json", "content-length": Buffer.byteLength(body) };
    const sent = request(url, { method, headers, agent: false, timeout: TIMEOUT }, (response) => {
      let text = "";
      response.setEncoding("utf8");
      response.on("data", (part: string) => {
        text += part;
      });
      response.on("error", fail);
      response.on("end", () => {
        const isSandbox = response.headers["x-bimpe-sandbox"] !== undefined;
        resolve({ status: response.statusCode ?? 0, isSandbox, text });
      });
    });
    sent.on("timeout", () => sent.destroy(new Error("timed out")));
    sent.on("error", fail);
    sent.end(body);
  });
}
