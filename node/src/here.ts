/**
 * How files of this package begin in a stack; nothing in a bundle. A stack tells the file that runs, which `__dirname`
 * does not: ES modules have none, and bundlers put another one in its place.
 *
 * @internal
 */
export const HERE = find();

function find(): string | undefined {
  try {
    return /at (?:[^\n(]*\()?([^\n]*[/\\])here\.js:\d/.exec(String(new Error().stack))?.[1];
  } catch {
    // `Error.prepareStackTrace` of the program threw.
    return undefined;
  }
}
