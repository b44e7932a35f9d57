import { guard } from "../errors/caller.js";
import { UserError } from "../errors/classes.js";
import { errorFrom } from "../errors/factory.js";
import type { NativeClient } from "../native/binding.js";
import type { Outcome } from "../native/call-result.js";
import { nextBatch } from "../native/completion-queue.js";
import { native } from "../native/load.js";
import { KeyedStream } from "../options/api-key.js";
import {
  isObject,
  kind,
  type MergedStreamOptions,
  ownOf,
  readClientOptions,
  readSharedOptions,
  readStreamOptions,
  type StreamOptions,
} from "../options/options.js";
import { EventStream } from "../streaming/event-stream.js";
import { MergedStream } from "../streaming/merged-stream.js";
import { camel, methodOf } from "../util/names.js";
import { isDate } from "../util/time.js";
import { VERSION } from "../version.js";
import { APIPromise, responseOf } from "./api-promise.js";
import { type ApiResponse, readCustomRequest } from "./custom-request.js";
import { Exchange, type Sender } from "./exchange.js";
import { Page, PagePromise } from "./page.js";
import { type Again, type Call, checkedIds, type Input, type Path } from "./request.js";

/** What resources are built on: the way to the engine. */
export class Core {
  readonly #native: NativeClient;
  readonly #sender: Sender;

  private constructor(client: NativeClient | string, others: Omit<Sender, "client">) {
    if (typeof client === "string") throw errorFrom(client);
    this.#native = client;
    this.#sender = { ...others, client };
  }

  static connect(options: unknown): Core {
    const { settings, ...others } = readClientOptions(options);
    const { NativeClient } = native();
    const system = `Node/${process.versions.node}; ${process.platform}/${process.arch}`;
    const json = JSON.stringify({
      ...settings,
      api_key_per_call: others.key !== undefined,
      user_agent: `bimpe-node/${VERSION} (${system})`,
      env: Object.fromEntries(NativeClient.environment().map((name) => [name, process.env[name]])),
    });
    return new Core(NativeClient.connect(json), others);
  }

  get baseUrl(): string {
    return this.#native.baseUrl;
  }

  withOptions(options: unknown): Core {
    return new Core(this.#native.withOptions(readSharedOptions(options)), this.#sender);
  }

  close(): void {
    this.#native.close();
  }

  /** A call that gives a value. */
  _request<T>(operation: string, path: Path, input: Input = {}): APIPromise<T> {
    return new APIPromise(this.#exchange({ operation, path, input }, dataOf<T>));
  }

  /** A call that gives nothing. */
  _command(operation: string, path: Path, input: Input = {}): APIPromise<void> {
    return new APIPromise(this.#exchange({ operation, path, input }, () => undefined));
  }

  /** A call that gives a page of a list. */
  _page<T>(operation: string, path: Path, input: Input = {}): PagePromise<T> {
    return this.#page({ operation, path, input });
  }

  #page<T>(call: Call, again?: Again): PagePromise<T> {
    const follow = (cursor: string, cancel?: AbortSignal) => this.#page<T>(call, { cursor, cancel });
    return new PagePromise(this.#exchange(call, (outcome) => new Page(outcome, follow), again));
  }

  /** A request that no operation describes. */
  async _custom<T>(request: unknown): Promise<ApiResponse<T>> {
    const { operation, ...input } = guard(() => readCustomRequest(request));
    const exchange = this.#exchange({ operation, path: {}, input }, dataOf<T>);
    const data = await new APIPromise(exchange);
    return { data, meta: exchange.facts.meta, ...responseOf(exchange.facts) };
  }

  /** A stream of events. */
  _stream<T>(operation: string, path: Path, options?: StreamOptions): EventStream<T> {
    return guard(() => this.#open<T>(operation, path, options));
  }

  /** Streams of one operation, merged; `name` is the id in which they differ. */
  _streamMany<T>(
    operation: string,
    path: Path,
    name: string,
    ids: readonly string[],
    options: MergedStreamOptions = {},
  ): MergedStream<T> {
    return guard(() => {
      if (!Array.isArray(ids) || ids.length === 0) {
        throw new UserError(`${methodOf(operation)}: takes an array with at least one \`${camel(name)}\``);
      }
      if (!isObject(options))
        throw new UserError(`the stream options must be an object, not ${kind(options)}`);
      const { after, signal, ...rest } = ownOf<MergedStreamOptions>(options);
      const checked = readStreamOptions({ signal });
      const sources = [...new Set(ids)].map((id) => {
        const from = isObject(after) && !isDate(after) ? (ownOf(after)[id] ?? undefined) : after;
        const one: StreamOptions = { ...rest, after: from as string | Date | undefined };
        return { id, stream: this.#open<T>(operation, { ...path, [name]: id }, one) };
      });
      return new MergedStream(sources, checked.signal);
    });
  }

  #open<T>(operation: string, path: Path, options?: StreamOptions): EventStream<T> {
    const { signal, json } = readStreamOptions(options);
    const stream = this.#native.stream(operation, checkedIds(operation, path), json);
    if (typeof stream === "string") throw errorFrom(stream);
    const { key, log } = this.#sender;
    const keyed = key === undefined ? undefined : new KeyedStream(stream, key);
    const fetch = () => keyed?.nextBatch() ?? nextBatch(stream);
    return new EventStream(stream, fetch, operation, signal, log);
  }

  #exchange<T>(call: Call, read: (outcome: Outcome) => T, again?: Again): Exchange<T> {
    return new Exchange(this.#sender, call, read, again);
  }
}

function dataOf<T>(outcome: Outcome): T {
  return outcome.data() as T;
}
