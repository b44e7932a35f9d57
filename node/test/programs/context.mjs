// Sends requests from a context with few of Node's globals, as Jest loads the package for jsdom.
// Arguments: the folder of the package, and the URL of a server. Prints the results.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { compileFunction, createContext } from "node:vm";

const [folder, baseUrl] = process.argv.slice(2);
const context = createContext({ process, Buffer, console, setTimeout: () => 1, setInterval: () => 1 });
const loaded = new Map();

function load(file) {
  const known = loaded.get(file);
  if (known !== undefined) return known.exports;
  const module = { exports: {} };
  loaded.set(file, module);
  const resolved = createRequire(file);
  // Jest also leaves native modules to Node.
  const isOurs = (name) => name.startsWith(".") && !name.endsWith(".node");
  const require = (name) => (isOurs(name) ? load(resolved.resolve(name)) : resolved(name));
  const names = ["exports", "require", "module", "__filename", "__dirname"];
  const run = compileFunction(readFileSync(file, "utf8"), names, { parsingContext: context, filename: file });
  run(module.exports, require, module, file, dirname(file));
  return module.exports;
}

const { BimpeAI } = load(join(folder, "dist/index.js"));
const onResponse = ({ headers }) => console.log(headers.get("x-kind"));
const client = new BimpeAI({ apiKey: "sk_test", baseUrl, onResponse });
const { data, response } = await client.agents.update("a1", { name: "n" }).withResponse();
console.log(data.id, response.headers.get("x-kind"));
const error = await client.agents.update("refused", { name: "n" }).catch((thrown) => thrown);
console.log(error.name, error.headers.get("x-kind"));
