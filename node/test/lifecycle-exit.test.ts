// The process ends when no request is pending, and at once on `process.exit`.
import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { replies } from "./support/cancellation-points.js";
import { type FaultServer, startFaults } from "./support/faults.js";
import { results } from "./support/results.js";
import { PACKAGE } from "./support/sandbox.js";
import { ok, serve } from "./support/server.js";

const PROGRAM = join(PACKAGE, "test/programs/exit-during-request.mjs");
const SITUATIONS = [...readFileSync(PROGRAM, "utf8").matchAll(/^ {2}async "(.*)"/gm)].map(
  ([, name]) => name as string,
);
const RUNS = 200;
const LIMIT = 500;

let faults: FaultServer;
let responding: string;
let silent: string;

before(async () => {
  faults = await startFaults();
  const server = await serve(({ path }) => ok({ id: path.split("/").at(-1) }));
  responding = server.url;
  silent = (await faults.scenario(replies("never"), "repeat")).baseUrl;
});

after(() => faults.stop());

/** Node binaries by version: the binary of this process, and those that npm installed below target/nodes. */
function runtimes(): Map<string, string> {
  const found = new Map([[process.version, process.execPath]]);
  const folder = join(PACKAGE, "../target/nodes");
  const listed = spawnSync("sh", ["-c", `ls ${folder}/*/node_modules/node*/bin/node`], { encoding: "utf8" });
  for (const file of listed.stdout.split("\n").filter(Boolean)) {
    const { stdout } = spawnSync(file, ["--version"], { encoding: "utf8" });
    if (stdout !== "") found.set(stdout.trim(), file);
  }
  return found;
}

interface Ended {
  code: number | null;
  signal: NodeJS.Signals | null;
  errors: string;
  /** Time from the end of the program to the end of the process, in milliseconds. */
  taken: number;
}

function run(runtime: string, situation: string): Promise<Ended> {
  return new Promise((resolve, reject) => {
    const child = spawn(runtime, [PROGRAM, situation, responding, silent], { timeout: 30_000 });
    let out = "";
    let errors = "";
    child.stdout.on("data", (data) => {
      out += data;
    });
    child.stderr.on("data", (data) => {
      errors += data;
    });
    let taken = 0;
    child.once("exit", () => {
      taken = Date.now();
    });
    child.once("error", reject);
    child.once("close", (code, signal) => {
      resolve({ code, signal, errors, taken: taken - Number(out.trim().split("\n").at(-1)) });
    });
  });
}

for (const [version, runtime] of runtimes()) {
  const slowest: number[] = [];
  const noisy: Ended[] = [];

  for (const situation of SITUATIONS) {
    test(`Node ${version} exits without output: ${situation}`, async () => {
      const runs = (await results).isFullRun() ? Math.ceil(RUNS / SITUATIONS.length) : 1;
      for (let count = 0; count < runs; count++) {
        const ended = await run(runtime, situation);
        slowest.push(ended.taken);
        if (ended.code !== 0 || ended.errors !== "") noisy.push(ended);
        assert.deepEqual([ended.code, ended.signal, ended.errors], [0, null, ""]);
        assert.ok(ended.taken < 10_000, `${ended.taken}`);
      }
    });
  }

  after(async () => {
    const seen = { "exits with noise": noisy.length, "slowest exit, ms": Math.max(...slowest) };
    const goal = { "exits with noise": 0, "slowest exit, ms": LIMIT };
    (await results).record(17, `Node ${version} exits with pending requests`, slowest.length, seen, goal);
  });
}
