import type { Channel } from "node:diagnostics_channel";
import type { BimpeAIError } from "../errors/classes.js";
import { builtins } from "../util/node-builtins.js";
import type { ResponseEvent, RetryEvent, StartEvent, StreamNotice } from "./events.js";
import type { Observer, RequestObserver, StreamObserver } from "./observer.js";

/**
 * The messages of the channels of `node:diagnostics_channel`. All messages of one request have the same `request`, and those
 * of one stream the same `stream`. Headers that a subscriber of a `start` sets are sent.
 *
 * @example
 * ```ts
 * subscribe("bimpe:request:end", (message) => {
 *   const { request, status } = message as DiagnosticsMessages["bimpe:request:end"];
 *   console.log(request.operation, status);
 * });
 * console.log((await client.agents.list()).data.length);
 * ```
 */
export interface DiagnosticsMessages {
  /** A request will be sent. */
  "bimpe:request:start": { request: StartEvent };
  /** An attempt failed, and the request will be sent again. */
  "bimpe:request:retry": { request: StartEvent } & RetryEvent;
  /** A request succeeded or failed. */
  "bimpe:request:end": { request: StartEvent } & ResponseEvent;
  /** A stream was created. */
  "bimpe:stream:start": { stream: StartEvent };
  /** A stream connected. */
  "bimpe:stream:open": { stream: StartEvent };
  /** A stream lost its connection, and connects again. */
  "bimpe:stream:reconnect": { stream: StartEvent; reason: string; status: number | null; wait: number };
  /** A stream ended. */
  "bimpe:stream:end": { stream: StartEvent; error: BimpeAIError | null };
}

/** The channels, as an observer of all clients. @internal */
class Channels implements Observer {
  readonly #channels: readonly Channel[];
  readonly #byName: Readonly<Record<keyof DiagnosticsMessages, Channel>>;

  constructor(channel: (name: string) => Channel) {
    const names: readonly (keyof DiagnosticsMessages)[] = [
      "bimpe:request:start",
      "bimpe:request:retry",
      "bimpe:request:end",
      "bimpe:stream:start",
      "bimpe:stream:open",
      "bimpe:stream:reconnect",
      "bimpe:stream:end",
    ];
    this.#channels = names.map(channel);
    const pairs = names.map((name, index) => [name, this.#channels[index]]);
    this.#byName = Object.fromEntries(pairs) as Record<keyof DiagnosticsMessages, Channel>;
  }

  get hasSubscribers(): boolean {
    for (const channel of this.#channels) if (channel.hasSubscribers) return true;
    return false;
  }

  request(request: StartEvent): RequestObserver {
    this.#publish("bimpe:request:start", { request });
    return {
      retried: (event) => this.#publish("bimpe:request:retry", { request, ...event }),
      ended: (event) => this.#publish("bimpe:request:end", { request, ...event }),
    };
  }

  stream(stream: StartEvent): StreamObserver {
    this.#publish("bimpe:stream:start", { stream });
    return {
      notified: (notice) => this.#notified(stream, notice),
      ended: (error) => this.#publish("bimpe:stream:end", { stream, error: error ?? null }),
    };
  }

  #notified(stream: StartEvent, notice: StreamNotice): void {
    if (notice.event === "stream.opened") {
      this.#publish("bimpe:stream:open", { stream });
    } else {
      const { reason, status, wait } = notice;
      this.#publish("bimpe:stream:reconnect", { stream, reason, status, wait });
    }
  }

  #publish<N extends keyof DiagnosticsMessages>(name: N, message: DiagnosticsMessages[N]): void {
    this.#byName[name].publish(message);
  }
}

let loaded: Channels | null | undefined;

/** Returns the channels, or null on a platform without `node:diagnostics_channel`. @internal */
export function channels(): Channels | null {
  if (loaded === undefined) {
    try {
      loaded = new Channels(builtins.diagnosticsChannel.channel);
    } catch {
      loaded = null;
    }
  }
  return loaded;
}
