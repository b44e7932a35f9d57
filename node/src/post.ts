import type { LetterBox } from "./binding.js";
import { native } from "./native.js";
import { Outcome } from "./outcome.js";

/** Longer than any process lives. */
const FOREVER = 2 ** 31 - 1;

/** Those who wait for the outcome of a call, by its number. */
const waiting = new Map<number, (outcome: Outcome) => void>();
let last = 0;
let box: LetterBox | undefined;
/** Keeps the process alive while somebody waits. */
let life: NodeJS.Timeout | undefined;

/** Begins a native call, and gives its outcome. One wake-up serves all outcomes that have come by then. */
export function deliver(begin: (post: LetterBox, id: number) => void): Promise<Outcome> {
  box ??= new (native().LetterBox)(take);
  last = (last + 1) >>> 0;
  const id = last;
  begin(box, id);
  return new Promise((resolve) => {
    waiting.set(id, resolve);
    if (waiting.size > 1) return;
    life ??= setInterval(() => {}, FOREVER);
    life.ref();
  });
}

function take(): void {
  for (const outcome of box?.take() ?? []) {
    const resolve = waiting.get(outcome.id);
    waiting.delete(outcome.id);
    resolve?.(new Outcome(outcome));
  }
  if (waiting.size === 0) life?.unref();
}
