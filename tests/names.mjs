// Converts the names of the shared tables to those of Node.

import { readFileSync } from "node:fs";

export const { names } = JSON.parse(readFileSync(new URL("cases/names.json", import.meta.url), "utf8"));

export const camel = (name) => name.replace(/_(\w)/g, (_, character) => character.toUpperCase());

const word = (name) => new RegExp(`(?<![A-Za-z0-9_])${name}(?![A-Za-z0-9_])`, "g");

/** Returns a text of the table with the names of Node. */
export const named = (text) => names.reduce((text, name) => text.replace(word(name), camel(name)), text);

/** Returns the text of an error without texts of the server and paths of the API. */
export function ownText(error) {
  const text = error.status === null ? String(error) : String(error).replace(error.message, "");
  return text.replace(/\[[A-Z]+ \/[^\s,\]]*/, "");
}

/** Returns the names in a text that belong to another language. */
export const foreign = (text) => names.filter((name) => word(name).test(text));
