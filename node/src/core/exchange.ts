import { atCaller, guard } from "../errors/caller.js";
import type { ErrorFacts } from "../errors/classes.js";
import { asOurs, errorFrom } from "../errors/factory.js";
import { abortable } from "../native/abortable.js";
import type { NativeClient, NativeOutcome } from "../native/binding.js";
import { type Facts, Outcome } from "../native/call-result.js";
import { type Begin, deliver, post } from "../native/completion-queue.js";
import { routeOf } from "../native/operation-info.js";
import type { Watchers } from "../observability/hooks.js";
import type { Log } from "../observability/log.js";
import { askKey, type KeyFunction } from "../options/api-key.js";
import { methodOf } from "../util/names.js";
import { now } from "../util/time.js";
import { type Again, type Call, type Checked, check, errorFacts, headersOf } from "./request.js";

/** What sends calls, and who watches. */
export interface Sender {
  client: NativeClient;
  watchers: Watchers;
  log: Log | undefined;
  /** Gives the key, if it is not the client's own. */
  key: KeyFunction | undefined;
}

/**
 * A request, and the answer to it. All errors are ours and point at the caller, but for those that `onRequest` throws.
 *
 * @internal
 */
export class Exchange<T> {
  readonly #sender: Sender;
  readonly #call: Call;
  readonly #read: (outcome: Outcome) => T;
  readonly #again: Again | undefined;
  #started = 0;
  /** How it ended, once it ended well. */
  #outcome: Outcome | undefined;

  /** The result is what `read` makes of the outcome. */
  constructor(sender: Sender, call: Call, read: (outcome: Outcome) => T, again?: Again) {
    this.#sender = sender;
    this.#call = call;
    this.#read = read;
    this.#again = again;
  }

  /** What came with the result. There is nothing before it. */
  get facts(): Facts {
    if (this.#outcome === undefined) throw new Error("the call has not ended well");
    return this.#outcome.facts;
  }

  /** Sends the request, and settles a promise with the result. */
  begin(settle: (result: T | Promise<T>) => void): void {
    guard(() => {
      const request = check(this.#call, this.#again?.cancel);
      const { watchers, key } = this.#sender;
      if (watchers.areNone && key === undefined && request.signals.length === 0) {
        // Most calls: without another promise between the engine and the caller.
        post<NativeOutcome>(this.#send(request), (ended) => settle(this.#end(ended, request)));
      } else {
        settle(this.#attended(request));
      }
    });
  }

  /** A call that others have a say in. */
  async #attended(request: Checked): Promise<T> {
    const { options, signals } = request;
    const { watchers, key } = this.#sender;
    for (const onRequest of watchers.onRequest) {
      const headers = guard(() => headersOf(options));
      await onRequest({ operation: this.#operation, ...routeOf(this.#call.operation), headers });
      options.headers = [...headers];
    }
    this.#started = now();
    let ended: NativeOutcome;
    try {
      if (key !== undefined) options.api_key = await askKey(key);
      const begin = this.#send(request);
      ended = await (signals.length === 0
        ? deliver<NativeOutcome>(begin)
        : abortable(methodOf(this.#call.operation), signals, this.#facts(request), begin));
    } catch (thrown) {
      return this.#fail(thrown);
    }
    return this.#end(ended, request);
  }

  /** How the engine is given the request. */
  #send({ ids, query, body, options }: Checked): Begin {
    const { client, watchers } = this.#sender;
    const { operation } = this.#call;
    const json = Object.keys(options).length > 0 ? JSON.stringify(options) : undefined;
    const onRetry = watchers.retryListener(this.#operation);
    const cursor = this.#again?.cursor;
    return (box, id) => client.request(box, id, operation, ids, query, body, json, cursor, onRetry);
  }

  #end(ended: NativeOutcome, request: Checked): T | Promise<T> {
    const outcome = new Outcome(ended);
    let result: T;
    try {
      if (outcome.error !== undefined) throw errorFrom(outcome.error);
      result = this.#read(outcome);
    } catch (thrown) {
      // The server has responded: a fault of this package says so.
      return this.#fail(asOurs(thrown, this.#facts(request)));
    }
    this.#outcome = outcome;
    this.#sender.watchers.ended(this.#operation, this.#started, outcome);
    return result;
  }

  /** What is known of a call that was sent. */
  #facts({ options }: Checked): ErrorFacts {
    return errorFacts(this.#call, options);
  }

  async #fail(thrown: unknown): Promise<never> {
    // The promise of the caller is bound to this one a turn later; from then on V8 finds who waits.
    await null;
    await null;
    const error = atCaller(thrown);
    this.#sender.watchers.ended(this.#operation, this.#started, error);
    throw error;
  }

  /** The name of the operation for those who watch. */
  get #operation(): string {
    return this.#call.operation.includes(" ") ? "request" : this.#call.operation;
  }
}
