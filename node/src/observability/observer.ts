import type { BimpeAIError } from "../errors/classes.js";
import { warn } from "../util/warn.js";
import { channels } from "./channels.js";
import type { RequestEvent, ResponseEvent, RetryEvent } from "./hooks.js";

/** A request or a stream before it is sent. */
export interface StartEvent extends RequestEvent {
  /** The URL, without the values of the query, ids that are secrets and the path of a custom request. */
  url: string;
}

/** A connection event of a stream, from the engine. */
export type StreamNotice =
  | { event: "stream.opened" }
  | {
      event: "stream.reconnecting";
      /** `closed`, `broken`, `stalled` or `unreachable`. */
      reason: string;
      /** The HTTP status, if the server refused. */
      status: number | null;
      /** Delay before the next connection, in milliseconds. */
      wait: number;
    };

/** Observes one request. @internal */
export interface RequestObserver {
  retried(event: RetryEvent): void;
  ended(event: ResponseEvent): void;
}

/** Observes one stream. @internal */
export interface StreamObserver {
  notified(notice: StreamNotice): void;
  /** `opened` is whether the program has requested an event. */
  ended(error: BimpeAIError | undefined, opened: boolean): void;
}

/** Observes the requests and streams of a client. @internal */
export interface Observer {
  /** Called before a request is sent. The headers that it adds are sent. */
  request(event: StartEvent): RequestObserver;
  /** Called when a stream is created. The headers that it adds are sent with each request of the stream. */
  stream(event: StartEvent): StreamObserver;
}

/** The observers of a client and of the clients derived from it. Most clients have none. @internal */
export class Observers {
  #own: readonly Observer[] = [];

  /** Adds an observer in the place of the others of its class. */
  add(observer: Observer): void {
    this.#own = [...this.#own.filter((other) => other.constructor !== observer.constructor), observer];
  }

  /** Whether a request has no observer. */
  get hasNone(): boolean {
    return this.#own.length === 0 && channels()?.hasSubscribers !== true;
  }

  /** Reports a request. Returns its observers. */
  request(event: StartEvent): RequestObserver[] {
    return this.#start((observer) => observer.request(event));
  }

  /** Reports a stream. Returns its observers. */
  stream(event: StartEvent): StreamObserver[] {
    return this.#start((observer) => observer.stream(event));
  }

  #start<T>(start: (observer: Observer) => T): T[] {
    const all: T[] = [];
    const subscribers = channels();
    const observers = subscribers?.hasSubscribers ? [subscribers, ...this.#own] : this.#own;
    for (const observer of observers) quietly(() => all.push(start(observer)));
    return all;
  }
}

/** Runs an observer. Its errors become process warnings. @internal */
export function quietly(run: () => void): void {
  try {
    run();
  } catch (error) {
    warn("an observer threw", error);
  }
}
