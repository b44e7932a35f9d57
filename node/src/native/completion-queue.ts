import type { CompletionQueue, EventBatch, NativeResult, NativeStream } from "./binding.js";
import { native } from "./load.js";

/** The result of a request, or the next batch of a stream. */
type Completion = NativeResult | EventBatch;

/** Receivers of pending completions, by id. */
const receivers = new Map<number, (completion: Completion) => void>();
let lastId = 0;
let queue: CompletionQueue | undefined;

/**
 * Returns the completion queue of this environment. One wake-up of the event loop delivers all completions that are ready.
 */
export function completionQueue(): CompletionQueue {
  queue ??= new (native().CompletionQueue)(drain);
  return queue;
}

/** Registers the receiver of a completion, and starts the native work with its id. Returns the id. */
export function startNative<C extends Completion>(
  receive: (completion: C) => void,
  start: (id: number) => void,
): number {
  lastId = (lastId + 1) >>> 0;
  const id = lastId;
  receivers.set(id, receive as (completion: Completion) => void);
  try {
    start(id);
  } catch (error) {
    receivers.delete(id);
    throw error;
  }
  return id;
}

/** Returns the next batch of a stream, without a promise if it is ready. */
export function nextBatch(stream: NativeStream): EventBatch | Promise<EventBatch> {
  return (
    stream.takeBatch() ??
    new Promise((resolve) => {
      const queue = completionQueue();
      startNative<EventBatch>(resolve, (id) => stream.nextBatch(queue, id));
    })
  );
}

function drain(): void {
  for (const completion of queue?.drain() ?? []) {
    const receive = receivers.get(completion.id);
    receivers.delete(completion.id);
    receive?.(completion);
  }
}

/** Ends all pending completions with this error, as JSON text. The queue ends, too. */
export function failPending(error: string): void {
  const pending = [...receivers];
  receivers.clear();
  queue = undefined;
  for (const [id, receive] of pending) {
    receive({ id, error, reconnects: 0, duplicatesDropped: 0, decodeReplacements: 0 });
  }
}
