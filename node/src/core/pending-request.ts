import type { ErrorFields } from "../errors/classes.js";
import {
  captureCaller,
  errorFromJson,
  toBimpeAIError,
  withCallerStack,
  wrapErrors,
} from "../errors/factory.js";
import { sendAbortable } from "../native/abort.js";
import type { NativeClient, NativeResult } from "../native/binding.js";
import { completionQueue, startNative } from "../native/completion-queue.js";
import { operationInfo } from "../native/operation-info.js";
import { RequestResult, type ResponseMetadata } from "../native/request-result.js";
import type { RequestEvent } from "../observability/events.js";
import type { HookSet } from "../observability/hooks.js";
import type { Log } from "../observability/log.js";
import { quietly, type RequestObserver } from "../observability/observer.js";
import type { Observers } from "../observability/observers.js";
import { fetchKey, type KeyFunction } from "../options/api-key.js";
import type { EngineOptions } from "../options/options.js";
import { now } from "../util/clock.js";
import { methodName } from "../util/names.js";
import type { PromiseSource } from "./api-promise.js";
import {
  errorFieldsOf,
  headersOf,
  type PageRequest,
  type PreparedRequest,
  prepare,
  type RequestSpec,
} from "./request.js";

/** The native client and the settings that requests need in JavaScript. */
export interface SenderContext {
  client: NativeClient;
  hooks: HookSet;
  log: Log | undefined;
  observers: Observers;
  /** Returns the API key, if the client has none. */
  key: KeyFunction | undefined;
}

const NONE: readonly RequestObserver[] = [];

/**
 * A request and its result. Errors are errors of this package whose stack begins at the caller, except for those that
 * `onRequest` throws.
 */
export class PendingRequest<T> implements PromiseSource<T> {
  readonly #context: SenderContext;
  readonly #spec: RequestSpec;
  readonly #convert: (result: RequestResult) => T;
  readonly #page: PageRequest | undefined;
  readonly #caller = captureCaller();
  #started = 0;
  /** The result of a successful request. */
  #result: RequestResult | undefined;

  /** `convert` turns the result into the value of the promise. */
  constructor(
    context: SenderContext,
    spec: RequestSpec,
    convert: (result: RequestResult) => T,
    page?: PageRequest,
  ) {
    this.#context = context;
    this.#spec = spec;
    this.#convert = convert;
    this.#page = page;
  }

  /** The metadata of the response. Available after the request succeeded. */
  get metadata(): ResponseMetadata {
    if (this.#result === undefined) throw new Error("the request has not succeeded");
    return this.#result.metadata;
  }

  /** Sends the request and settles a promise with its result. */
  start(resolve: (result: T | Promise<T>) => void, reject: (error: unknown) => void): void {
    try {
      const request = prepare(this.#spec, this.#page?.cancel);
      const { hooks, key, observers } = this.#context;
      if (hooks.isEmpty && key === undefined && request.signals.length === 0 && observers.hasNone) {
        // The fast path of most requests has no further promise between the engine and the caller.
        this.#send(request, (native) => resolve(this.#finish(native, request)));
      } else {
        resolve(this.#runWithHooks(request));
      }
    } catch (error) {
      reject(withCallerStack(error, this.#caller));
    }
  }

  async #runWithHooks(request: PreparedRequest): Promise<T> {
    const { options, signals } = request;
    const { hooks, key, observers } = this.#context;
    for (const onRequest of hooks.onRequest) {
      const event = wrapErrors(() => this.#requestEvent(options));
      await onRequest(event);
      options.headers = [...event.headers];
    }
    this.#started = now();
    if (!observers.hasNone) request.observers = this.#observe(request);
    let native: NativeResult;
    try {
      if (key !== undefined) options.api_key = await fetchKey(key);
      const send = (receive: (native: NativeResult) => void) => this.#send(request, receive);
      native = await (signals.length === 0
        ? new Promise<NativeResult>(send)
        : sendAbortable(methodName(this.#spec.operation), signals, this.#errorFields(request), send));
    } catch (thrown) {
      return this.#fail(thrown, request);
    }
    return this.#finish(native, request);
  }

  /** Reports the request to the observers. Returns those of this request. */
  #observe({ ids, query, options }: PreparedRequest): readonly RequestObserver[] {
    const { client, observers } = this.#context;
    let watching = NONE;
    quietly(() => {
      const url = client.redactedUrl(this.#spec.operation, ids, query);
      const event = { ...this.#requestEvent(options), url };
      watching = observers.request(event);
      options.headers = [...event.headers];
    });
    return watching;
  }

  #requestEvent(options: EngineOptions): RequestEvent {
    const headers = headersOf(options);
    return { operation: this.#operation, ...operationInfo(this.#spec.operation), headers };
  }

  /** Passes the request to the engine and its result to `receive`. Returns a function that cancels the request. */
  #send(
    { ids, query, body, options, observers = NONE }: PreparedRequest,
    receive: (native: NativeResult) => void,
  ): () => void {
    const { client, hooks } = this.#context;
    const { operation } = this.#spec;
    const json = Object.keys(options).length > 0 ? JSON.stringify(options) : undefined;
    const onRetry = hooks.retryListener(this.#operation, observers);
    const cursor = this.#page?.cursor;
    const queue = completionQueue();
    const id = startNative(receive, (id) =>
      client.request(queue, id, operation, ids, query, body, json, cursor, onRetry),
    );
    return () => queue.cancel(id);
  }

  #finish(native: NativeResult, request: PreparedRequest): T | Promise<T> {
    const result = new RequestResult(native);
    let value: T;
    try {
      if (result.error !== undefined) throw errorFromJson(result.error);
      value = this.#convert(result);
    } catch (thrown) {
      // The server has responded, so an unexpected error has the fields of the request.
      return this.#fail(toBimpeAIError(thrown, this.#errorFields(request)), request);
    }
    this.#result = result;
    this.#context.hooks.ended(this.#operation, this.#started, result, request.observers ?? NONE);
    return value;
  }

  #errorFields({ options }: PreparedRequest): ErrorFields {
    return errorFieldsOf(this.#spec, options);
  }

  async #fail(thrown: unknown, { observers = NONE }: PreparedRequest): Promise<never> {
    // V8 finds the caller's `await` only after the caller's promise follows this one, two microtasks later.
    await null;
    await null;
    const error = withCallerStack(thrown, this.#caller);
    this.#context.hooks.ended(this.#operation, this.#started, error, observers);
    throw error;
  }

  /** The name of the operation for hooks. */
  get #operation(): string {
    return this.#spec.operation.includes(" ") ? "request" : this.#spec.operation;
  }
}
