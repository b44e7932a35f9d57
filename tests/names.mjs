// The names of the shared table, as Node writes them.

import { readFileSync } from "node:fs";

export const { names } = JSON.parse(readFileSync(new URL("cases/names.json", import.meta.url), "utf8"));

export const camel = (name) => name.replace(/_(\w)/g, (_, letter) => letter.toUpperCase());

const word = (name) => new RegExp(`(?<![A-Za-z0-9_])${name}(?![A-Za-z0-9_])`, "g");

/** A text of the table as it is in Node. */
export const named = (text) => names.reduce((text, name) => text.replace(word(name), camel(name)), text);

/** What this library says in an error: texts of the server and paths of the API may name anything. */
export function ownText(error) {
  const text = error.status === null ? String(error) : String(error).replace(error.message, "");
  return text.replace(/\[[A-Z]+ \/[^\s,\]]*/, "");
}

/** The names in a text that belong to another language. */
export const foreign = (text) => names.filter((name) => word(name).test(text));
