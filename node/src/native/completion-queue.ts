import type { Batch, LetterBox, NativeOutcome, NativeStream } from "./binding.js";
import { native } from "./load.js";

/** How a call ended, or what a stream has brought. */
type Letter = NativeOutcome | Batch;

/** Begins something that leaves one letter with this number in the box. */
export type Begin = (box: LetterBox, id: number) => void;

/** Those who wait for a letter, by its number. The box keeps the process alive for them. */
const waiting = new Map<number, (letter: Letter) => void>();
let last = 0;
let box: LetterBox | undefined;

/** What the stream brings next; at once, if it is there. */
export function nextBatch(stream: NativeStream): Batch | Promise<Batch> {
  return stream.takeBatch() ?? deliver((box, id) => stream.nextBatch(box, id));
}

/**
 * Begins something, and gives its letter to a function. One wake-up serves all letters that have come by then. Gives a
 * function that cancels a call.
 */
export function post<L extends Letter>(begin: Begin, receive: (letter: L) => void): () => void {
  box ??= new (native().LetterBox)(take);
  last = (last + 1) >>> 0;
  const [into, id] = [box, last];
  begin(into, id);
  waiting.set(id, receive as (letter: Letter) => void);
  return () => into.cancel(id);
}

/** The letter of something that is begun. */
export function deliver<L extends Letter>(begin: Begin): Promise<L> {
  return new Promise<L>((resolve) => void post<L>(begin, resolve));
}

function take(): void {
  for (const letter of box?.take() ?? []) {
    const receive = waiting.get(letter.id);
    waiting.delete(letter.id);
    receive?.(letter);
  }
}
