import type { CompletionQueue, EventBatch, NativeResult, NativeStream } from "./binding.js";
import { native } from "./load.js";

/** The result of a request, or the next batch of a stream. */
type Completion = NativeResult | EventBatch;

/** Starts native work whose completion goes to the queue, with this id. */
export type StartWork = (queue: CompletionQueue, id: number) => void;

/** Receivers of pending completions, by id. */
const receivers = new Map<number, (completion: Completion) => void>();
let lastId = 0;
let queue: CompletionQueue | undefined;

/** Returns the next batch of a stream, without a promise if it is ready. */
export function nextBatch(stream: NativeStream): EventBatch | Promise<EventBatch> {
  return stream.takeBatch() ?? awaitCompletion((queue, id) => stream.nextBatch(queue, id));
}

/**
 * Starts native work and passes its completion to `receive`. One wake-up of the event loop delivers all completions that
 * are ready. Returns a function that cancels a request.
 */
export function submit<C extends Completion>(start: StartWork, receive: (completion: C) => void): () => void {
  queue ??= new (native().CompletionQueue)(drain);
  lastId = (lastId + 1) >>> 0;
  const [target, id] = [queue, lastId];
  start(target, id);
  receivers.set(id, receive as (completion: Completion) => void);
  return () => target.cancel(id);
}

/** Starts native work and returns a promise of its completion. */
export function awaitCompletion<C extends Completion>(start: StartWork): Promise<C> {
  return new Promise<C>((resolve) => void submit<C>(start, resolve));
}

function drain(): void {
  for (const completion of queue?.drain() ?? []) {
    const receive = receivers.get(completion.id);
    receivers.delete(completion.id);
    receive?.(completion);
  }
}
