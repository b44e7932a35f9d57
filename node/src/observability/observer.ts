import type { BimpeAIError } from "../errors/classes.js";
import { warn } from "../util/warn.js";
import type { ResponseEvent, RetryEvent, StartEvent, StreamNotice } from "./events.js";

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

/** Runs an observer. Its errors become process warnings. @internal */
export function quietly(run: () => void): void {
  try {
    run();
  } catch (error) {
    warn("an observer threw", error);
  }
}
