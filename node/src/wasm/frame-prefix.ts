/** The address before the file names of this package in stack frames, undefined in a bundle. */
export const FRAME_PREFIX = readFramePrefix();

function readFramePrefix(): string | undefined {
  try {
    return /at (?:[^\n(]*\()?([^\n]*[/\\]dist[/\\]wasm[/\\])[\w-]+\.mjs:\d/.exec(
      String(new Error().stack),
    )?.[1];
  } catch {
    // A program's `Error.prepareStackTrace` threw.
    return undefined;
  }
}
