import type { Batch, LetterBox, NativeOutcome, NativeStream } from "./binding.js";
import { native } from "./native.js";

/** How a call ended, or what a stream has brought. */
type Letter = NativeOutcome | Batch;

/** Begins something that leaves one letter with this number in the box. */
export type Begin = (box: LetterBox, id: number) => void;

/** Longer than any process lives. */
const FOREVER = 2 ** 31 - 1;

/** Those who wait for a letter, by its number. */
const waiting = new Map<number, (letter: Letter) => void>();
let last = 0;
let box: LetterBox | undefined;
/** Keeps the process alive while somebody waits. */
let life: NodeJS.Timeout | undefined;

/** What the stream brings next; at once, if it is there. */
export function nextBatch(stream: NativeStream): Batch | Promise<Batch> {
  return stream.takeBatch() ?? deliver((box, id) => stream.nextBatch(box, id));
}

/** Begins something, and gives its letter to a function. One wake-up serves all letters that have come by then. */
export function post<L extends Letter>(begin: Begin, receive: (letter: L) => void): void {
  box ??= new (native().LetterBox)(take);
  last = (last + 1) >>> 0;
  begin(box, last);
  waiting.set(last, receive as (letter: Letter) => void);
  if (waiting.size > 1) return;
  life ??= setInterval(() => {}, FOREVER);
  life.ref();
}

/** The letter of something that is begun. */
export function deliver<L extends Letter>(begin: Begin): Promise<L> {
  return new Promise<L>((resolve) => post<L>(begin, resolve));
}

function take(): void {
  for (const letter of box?.take() ?? []) {
    const receive = waiting.get(letter.id);
    waiting.delete(letter.id);
    receive?.(letter);
  }
  if (waiting.size === 0) life?.unref();
}
