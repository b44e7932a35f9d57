import { UserError } from "../errors/classes.js";
import { errorFromJson, wrapErrors } from "../errors/factory.js";
import type { NativeClient } from "../native/binding.js";
import { nextBatch } from "../native/completion-queue.js";
import { native } from "../native/load.js";
import { operationInfo } from "../native/operation-info.js";
import type { RequestResult } from "../native/request-result.js";
import { type Observer, quietly, type StreamObserver } from "../observability/observer.js";
import { Observers } from "../observability/observers.js";
import type { Pairs } from "../options/header-input.js";
import {
  type MergedStreamOptions,
  readClientOptions,
  readSharedOptions,
  readStreamOptions,
  type StreamOptions,
} from "../options/options.js";
import { EventStream } from "../streaming/event-stream.js";
import { KeyedStream } from "../streaming/keyed-stream.js";
import { MergedStream } from "../streaming/merged-stream.js";
import { newHeaders } from "../util/headers.js";
import { maskWhenInspected } from "../util/inspect.js";
import { camelCase, methodName } from "../util/names.js";
import { environment, userAgent } from "../util/system.js";
import { isDate, isObject, ownProperties, typeName } from "../util/values.js";
import { APIPromise, responseInfo } from "./api-promise.js";
import { type ApiResponse, readCustomRequest } from "./custom-request.js";
import { Page, PagePromise } from "./page.js";
import { PendingRequest, type SenderContext } from "./pending-request.js";
import { type Input, type PageRequest, type Path, readIds } from "./request.js";

/** Sends the requests of all resources. */
export class RequestSender {
  readonly #native: NativeClient;
  readonly #context: SenderContext;

  private constructor(client: NativeClient | string, context: Omit<SenderContext, "client">) {
    if (typeof client === "string") throw errorFromJson(client);
    this.#native = client;
    this.#context = { ...context, client };
  }

  static connect(options: unknown): RequestSender {
    const { settings, ...checked } = readClientOptions(options);
    const context = { ...checked, observers: new Observers() };
    const { NativeClient } = native();
    const variables = NativeClient.environmentVariables();
    const json = JSON.stringify({
      ...settings,
      api_key_per_request: context.key !== undefined,
      user_agent: userAgent(),
      env: Object.fromEntries(variables.map((name) => [name, environment(name)])),
    });
    return new RequestSender(NativeClient.connect(json), context);
  }

  get baseUrl(): string {
    return this.#native.baseUrl;
  }

  withOptions(options: unknown): RequestSender {
    return new RequestSender(this.#native.withOptions(readSharedOptions(options)), this.#context);
  }

  close(): void {
    this.#native.close();
  }

  /** Adds an observer of this client and of the clients that share its connections. */
  _observe(observer: Observer): void {
    this.#context.observers.add(observer);
  }

  /** Sends a request that returns a value. `secrets` are the fields of the value that logs must not show. */
  _request<T>(operation: string, path: Path, input: Input = {}, secrets?: readonly string[]): APIPromise<T> {
    const toValue = secrets
      ? (result: RequestResult) => maskWhenInspected(dataOf<T>(result), secrets)
      : dataOf<T>;
    return new APIPromise(new PendingRequest(this.#context, { operation, path, input }, toValue));
  }

  /** Sends a request that returns nothing. */
  _command(operation: string, path: Path, input: Input = {}): APIPromise<void> {
    return new APIPromise(new PendingRequest(this.#context, { operation, path, input }, () => undefined));
  }

  /** Sends a request that returns the first page of a list, or the page at a cursor. */
  _page<T>(operation: string, path: Path, input: Input = {}, page?: PageRequest): PagePromise<T> {
    const fetchPage = (cursor: string, cancel?: AbortSignal) =>
      this._page<T>(operation, path, input, { cursor, cancel });
    const toPage = (result: RequestResult) => new Page(result, fetchPage);
    return new PagePromise(new PendingRequest(this.#context, { operation, path, input }, toPage, page));
  }

  /** Sends a request to an endpoint without a typed method. */
  async _custom<T>(request: unknown): Promise<ApiResponse<T>> {
    const { operation, ...input } = wrapErrors(() => readCustomRequest(request));
    const pending = new PendingRequest(this.#context, { operation, path: {}, input }, dataOf<T>);
    const data = await new APIPromise(pending);
    return { data, meta: pending.metadata.meta, ...responseInfo(pending.metadata) };
  }

  /** Creates a stream of events. */
  _stream<T>(operation: string, path: Path, options?: StreamOptions): EventStream<T> {
    return wrapErrors(() => this.#openStream<T>(operation, path, options));
  }

  /** Creates a merged stream of one operation. `name` is the path parameter of `ids`. */
  _streamMany<T>(
    operation: string,
    path: Path,
    name: string,
    ids: readonly string[],
    options: MergedStreamOptions = {},
  ): MergedStream<T> {
    return wrapErrors(() => {
      if (!Array.isArray(ids) || ids.length === 0) {
        throw new UserError(
          `${methodName(operation)}: takes an array with at least one \`${camelCase(name)}\``,
        );
      }
      if (!isObject(options))
        throw new UserError(`the stream options must be an object, not ${typeName(options)}`);
      const { after, signal, ...rest } = ownProperties<MergedStreamOptions>(options);
      const checked = readStreamOptions({ signal });
      const sources = [...new Set(ids)].map((id) => {
        const from = isObject(after) && !isDate(after) ? (ownProperties(after)[id] ?? undefined) : after;
        const one: StreamOptions = { ...rest, after: from as string | Date | undefined };
        return { id, stream: this.#openStream<T>(operation, { ...path, [name]: id }, one) };
      });
      return new MergedStream(sources, checked.signal);
    });
  }

  #openStream<T>(operation: string, path: Path, options?: StreamOptions): EventStream<T> {
    const { signal, settings } = readStreamOptions(options);
    const ids = readIds(operation, path);
    const { key, log } = this.#context;
    const { observers, headers } = this.#observeStream(operation, ids);
    const stream = this.#native.stream(operation, ids, JSON.stringify({ ...settings, headers }));
    if (typeof stream === "string") {
      const error = errorFromJson(stream);
      for (const observer of observers) quietly(() => observer.ended(error, false));
      throw error;
    }
    const keyed = key === undefined ? undefined : new KeyedStream(stream, key);
    const fetch = () => keyed?.nextBatch() ?? nextBatch(stream);
    return new EventStream(stream, fetch, signal, log ? [log.stream(operation), ...observers] : observers);
  }

  /** Reports a stream to the observers. Returns those of this stream, and the headers that they add. */
  #observeStream(operation: string, ids: string[]): { observers: StreamObserver[]; headers?: Pairs } {
    const { observers } = this.#context;
    const started: { observers: StreamObserver[]; headers?: Pairs } = { observers: [] };
    if (observers.hasNone) return started;
    quietly(() => {
      const headers = newHeaders();
      const url = this.#native.redactedUrl(operation, ids, undefined);
      started.observers = observers.stream({ operation, ...operationInfo(operation), url, headers });
      started.headers = [...headers];
    });
    return started;
  }
}

function dataOf<T>(result: RequestResult): T {
  return result.data() as T;
}
