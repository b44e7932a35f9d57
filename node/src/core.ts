import { type Answer, APIPromise } from "./api-promise.js";
import type { CancelHandle, NativeClient, Outcome } from "./binding.js";
import { CallSite } from "./call-site.js";
import { encode } from "./encode.js";
import { AbortError, UserError } from "./errors.js";
import { native } from "./native.js";
import {
  kind,
  type RequestOptions,
  readCallOptions,
  readClientOptions,
  readSharedOptions,
} from "./options.js";
import { Page, PagePromise } from "./page.js";
import { asOurs, errorFrom } from "./raise.js";
import { VERSION } from "./version.js";

/** The ids of a path by parameter name, in the order of the path. */
export type Path = Readonly<Record<string, unknown>>;

/** The arguments of a call that are not part of its path. */
export interface Input {
  query?: unknown;
  body?: unknown;
  options?: RequestOptions | undefined;
}

/** One call as it was made, which the next pages of a list repeat. */
export interface Call {
  operation: string;
  path: Path;
  input: Input;
}

/** What resources are built on: the way to the engine. */
export class Core {
  readonly #native: NativeClient;

  private constructor(client: NativeClient | string) {
    if (typeof client === "string") throw errorFrom(client);
    this.#native = client;
  }

  static connect(options: unknown): Core {
    const settings = readClientOptions(options);
    const { BIMPEAI_API_KEY, BIMPEAI_BASE_URL } = process.env;
    const system = `Node/${process.versions.node}; ${process.platform}/${process.arch}`;
    const json = JSON.stringify({
      ...settings,
      user_agent: `bimpe-node/${VERSION} (${system})`,
      env: { BIMPEAI_API_KEY, BIMPEAI_BASE_URL },
    });
    return new Core(native().NativeClient.connect(json));
  }

  get baseUrl(): string {
    return this.#native.baseUrl;
  }

  withOptions(options: unknown): Core {
    return new Core(this.#native.withOptions(readSharedOptions(options)));
  }

  close(): void {
    this.#native.close();
  }

  /** A call that gives a value. */
  _request<T>(operation: string, path: Path, input: Input = {}): APIPromise<T> {
    const site = new CallSite(this._request);
    return new APIPromise(this._fetch<T>({ operation, path, input }, site));
  }

  /** A call that gives nothing. */
  _command(operation: string, path: Path, input: Input = {}): APIPromise<void> {
    const site = new CallSite(this._command);
    const sent = this.#send({ operation, path, input }, site);
    return new APIPromise(sent.then((outcome) => ({ data: undefined, outcome })));
  }

  /** A call that gives a page of a list. */
  _page<T>(operation: string, path: Path, input: Input = {}): PagePromise<T> {
    const site = new CallSite(this._page);
    return new PagePromise(Page.fetch<T>(this, { operation, path, input }, site));
  }

  /** Sends a call and reads its answer. `cursor` asks for a later page, `cancel` is a second signal. */
  async _fetch<T>(call: Call, site: CallSite, cursor?: string, cancel?: AbortSignal): Promise<Answer<T>> {
    const outcome = await this.#send(call, site, cursor, cancel);
    return { data: JSON.parse(outcome.data.toString("utf8")) as T, outcome };
  }

  /** Sends a call. Every error that leaves here is ours and points at the caller. */
  async #send(call: Call, site: CallSite, cursor?: string, cancel?: AbortSignal): Promise<Outcome> {
    try {
      const { operation, path, input } = call;
      const { signal, json } = readCallOptions(input.options);
      const ids = Object.entries(path).map(([name, id]) => checkedId(operation, name, id));
      const query = input.query === undefined ? undefined : encode(input.query, `${operation}: params`);
      const body = input.body === undefined ? undefined : encode(input.body, `${operation}: body`);
      const signals = [signal, cancel].filter((one) => one !== undefined);
      const outcome = await this.#exchange(operation, signals, (handle) =>
        this.#native.request(operation, ids, query, body, json, cursor, handle),
      );
      if (outcome.error !== undefined) throw errorFrom(outcome.error);
      return outcome;
    } catch (error) {
      throw site.stamp(asOurs(error));
    }
  }

  /** Makes the native call, and stops it when one of the signals is aborted. */
  #exchange(
    operation: string,
    signals: AbortSignal[],
    start: (handle?: CancelHandle) => Promise<Outcome>,
  ): Promise<Outcome> {
    if (signals.length === 0) return start();
    const aborted = signals.find((signal) => signal.aborted);
    if (aborted !== undefined) {
      throw new AbortError(`${operation} was aborted before it was sent`, { cause: aborted.reason });
    }
    const handle = new (native().CancelHandle)();
    return new Promise((resolve, reject) => {
      const abort = (event: Event) => {
        handle.cancel();
        const cause = (event.target as AbortSignal).reason;
        reject(new AbortError(`${operation} was aborted`, { cause, may_have_been_applied: true }));
      };
      for (const signal of signals) signal.addEventListener("abort", abort);
      start(handle)
        .then(resolve, reject)
        .finally(() => {
          for (const signal of signals) signal.removeEventListener("abort", abort);
        });
    });
  }
}

/** The engine checks what an id may hold; text is all that can reach it. */
function checkedId(operation: string, name: string, id: unknown): string {
  if (typeof id !== "string")
    throw new UserError(`${operation}: \`${name}\` must be a string, not ${kind(id)}`);
  if (!id.isWellFormed()) throw new UserError(`${operation}: \`${name}\` holds half of a surrogate pair`);
  return id;
}
