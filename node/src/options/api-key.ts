import { UserError } from "../errors/classes.js";
import { typeName } from "../util/values.js";

/** A function that returns the API key. It is called before each request, so that it can return a new key. */
export type KeyFunction = () => string | Promise<string>;

/** Calls the function and returns its key. */
export async function fetchKey(keyFunction: KeyFunction): Promise<string> {
  let key: unknown;
  try {
    key = await keyFunction();
  } catch (cause) {
    throw new UserError("the `apiKey` function threw an error", { cause });
  }
  if (typeof key !== "string") {
    throw new UserError(`the \`apiKey\` function must return a string, not ${typeName(key)}`);
  }
  return key;
}
