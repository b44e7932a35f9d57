import { channels } from "./channels.js";
import type { StartEvent } from "./events.js";
import { type Observer, quietly, type RequestObserver, type StreamObserver } from "./observer.js";

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
