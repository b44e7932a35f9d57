import { now } from "../util/clock.js";
import { Exchange } from "./exchange.js";
import type { Runtime } from "./runtime.js";

/** The longest time of `setTimeout`. A longer one would end at once. */
const MAX_TIMEOUT = 2 ** 31 - 1;

// Stored at load time, because tests replace timers.
const { setTimeout, clearTimeout, queueMicrotask } = globalThis;
const unixTime = Date.now;

/** A timer of the engine. */
class Timer {
  readonly done: Promise<void>;
  #id: ReturnType<typeof setTimeout> | undefined;

  constructor(milliseconds: number) {
    this.done = new Promise((resolve) => this.#wait(Math.ceil(milliseconds), resolve));
  }

  cancel(): void {
    clearTimeout(this.#id);
  }

  #wait(left: number, resolve: () => void): void {
    const time = Math.min(left, MAX_TIMEOUT);
    this.#id = setTimeout(() => (left > time ? this.#wait(left - time, resolve) : resolve()), time);
  }
}

/** The functions that the engine calls. bindings/wasm/src/host.rs declares them. */
export class Host {
  readonly #runtime: Runtime;
  readonly panicked: (location: string) => void;

  /** `panicked` is called once, before the exception of a panic. */
  constructor(runtime: Runtime, panicked: (location: string) => void) {
    this.#runtime = runtime;
    this.panicked = panicked;
  }

  now(): number {
    return now();
  }

  unixTime(): number {
    return unixTime();
  }

  timer(milliseconds: number): Timer {
    return new Timer(milliseconds);
  }

  defer(run: () => void): void {
    queueMicrotask(() => {
      try {
        run();
      } catch {
        // The exception of a panic. An unhandled one would end a program of Node.
      }
    });
  }

  exchange(
    method: string,
    url: string,
    headers: string[],
    body: Uint8Array<ArrayBuffer> | undefined,
  ): Exchange {
    return new Exchange(this.#runtime, method, url, headers, body);
  }
}
