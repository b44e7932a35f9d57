/**
 * The path before the file names of this package in stack frames, undefined in a bundle. The path comes from a stack
 * because ES modules lack `__dirname`, and bundlers replace it.
 */
export const FRAME_PREFIX = readFramePrefix();

function readFramePrefix(): string | undefined {
  try {
    return /at (?:[^\n(]*\()?([^\n]*[/\\])errors[/\\]frame-prefix\.js:\d/.exec(
      String(new Error().stack),
    )?.[1];
  } catch {
    // A program's `Error.prepareStackTrace` threw.
    return undefined;
  }
}
