// Builds programs with the recipes of docs/bundlers.md. The current folder has the tools in its node_modules.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { after } from "node:test";

/** The page with the recipes. */
export const PAGE = readFileSync(join(import.meta.dirname, "../../docs/bundlers.md"), "utf8");
const PROGRAM = join(import.meta.dirname, "program");

/** The folder of the projects, with the packed package in its node_modules. */
export const BUILD = join(process.cwd(), ".build");

const elsewhere = mkdtempSync(join(tmpdir(), "bimpe-bundlers-"));
after(() => rmSync(elsewhere, { recursive: true, force: true }));

const bins = [".", ".."].map((folder) => join(process.cwd(), folder, "node_modules/.bin"));
const env = {
  ...process.env,
  PATH: [...bins, process.env.PATH].join(delimiter),
  NEXT_TELEMETRY_DISABLED: "1",
  YARN_ENABLE_TELEMETRY: "0",
};

/** Runs a command line, and returns its output and whether it failed. */
export function shell(line, cwd, more = {}) {
  return new Promise((resolve) => {
    const options = {
      cwd,
      env: { ...env, ...more },
      encoding: "utf8",
      timeout: 600_000,
    };
    execFile("sh", ["-c", line], options, (error, out, errors) => {
      resolve({
        failed: error !== null,
        out,
        errors,
        text: `${line}\n${out}\n${errors}`,
      });
    });
  });
}

/** Creates a folder with the program and these files. */
export function project(name, files = {}) {
  const folder = join(BUILD, name.replaceAll(/\W+/g, "-"));
  rmSync(folder, { recursive: true, force: true });
  cpSync(PROGRAM, folder, { recursive: true });
  writeFileSync(join(folder, "package.json"), '{ "private": true }');
  for (const [file, text] of Object.entries(files)) writeFileSync(join(folder, file), text);
  return folder;
}

/** Returns the files and the command line below a heading of the page. */
export function recipe(title) {
  const section = PAGE.split(/^## /m).find((part) => part.startsWith(`${title}\n`));
  assert.ok(section, `docs/bundlers.md has no heading ${title}`);
  const files = {};
  const lines = [];
  for (const [, language, text] of section.matchAll(/^```(\w+)\n(.*?)^```$/gms)) {
    if (language === "sh") lines.push(text.trim().replace(/^npx /, ""));
    else files[/^\/\/ (\S+)\n/.exec(text)[1]] = text;
  }
  return { files, line: lines.join("\n") };
}

const same = (text) => text;

/** Builds the program with a recipe, moves the output, and returns its folder. `line` and `file` edit the recipe. */
export async function build(title, { output = "dist", line = same, file = same, installed = false } = {}) {
  const its = recipe(title);
  const edited = Object.entries(its.files).map(([name, text]) => [name, file(text)]);
  const folder = project(title, Object.fromEntries(edited));
  if (installed) installInto(folder);
  const { failed, text } = await shell(line(its.line), folder);
  assert.ok(!failed, text);
  return moved(join(folder, output));
}

/** Moves a folder to a path without installed packages above it. */
export function moved(folder) {
  const target = mkdtempSync(join(elsewhere, "moved-"));
  renameSync(folder, join(target, "app"));
  return join(target, "app");
}

/** The packages of the library: its own and that of the native module. */
const packages = () => readdirSync(join(BUILD, "node_modules")).filter((name) => /^bimpe(-native|$)/.test(name));

/** Installs the library into a folder, as a deployment without bundled packages does. */
export function installInto(folder) {
  for (const name of packages()) {
    const target = join(folder, "node_modules", name);
    mkdirSync(target, { recursive: true });
    cpSync(join(BUILD, "node_modules", name), target, { recursive: true });
  }
}

/** Checks the output of the program: its requests and, if given, the folder of the native module. */
export function works({ text, out }, folder) {
  assert.match(out, /^\{.*\}$/m, text);
  const { agents, refused, native } = JSON.parse(/^\{.*\}$/m.exec(out)[0]);
  assert.deepEqual({ agents: agents > 0, refused }, { agents: true, refused: true }, text);
  if (folder !== undefined) assert.ok(native.startsWith(folder) && existsSync(native), text);
}
