import type { Batch, LetterBox, NativeOutcome, NativeStream } from "./binding.js";
import { native } from "./native.js";
import { Outcome } from "./outcome.js";

/** Longer than any process lives. */
const FOREVER = 2 ** 31 - 1;

/** Those who wait for a letter, by its number. */
const waiting = new Map<number, (letter: NativeOutcome | Batch) => void>();
let last = 0;
let box: LetterBox | undefined;
/** Keeps the process alive while somebody waits. */
let life: NodeJS.Timeout | undefined;

/** Begins a native call, and gives its outcome. */
export function call(begin: (post: LetterBox, id: number) => void): Promise<Outcome> {
  return deliver(begin, (letter) => new Outcome(letter as NativeOutcome));
}

/** What the stream brings next. */
export function nextBatch(stream: NativeStream): Promise<Batch> {
  return deliver(
    (post, id) => stream.nextBatch(post, id),
    (letter) => letter as Batch,
  );
}

/** Begins something whose end is left in the letter-box. One wake-up serves all letters that have come by then. */
function deliver<T>(
  begin: (post: LetterBox, id: number) => void,
  open: (letter: NativeOutcome | Batch) => T,
): Promise<T> {
  box ??= new (native().LetterBox)(take);
  last = (last + 1) >>> 0;
  const id = last;
  begin(box, id);
  return new Promise((resolve) => {
    waiting.set(id, (letter) => resolve(open(letter)));
    if (waiting.size > 1) return;
    life ??= setInterval(() => {}, FOREVER);
    life.ref();
  });
}

function take(): void {
  for (const letter of box?.take() ?? []) {
    const receive = waiting.get(letter.id);
    waiting.delete(letter.id);
    receive?.(letter);
  }
  if (waiting.size === 0) life?.unref();
}
