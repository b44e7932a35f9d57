// Measures the cold start in workerd: the first response of a new process, with the package and without it.
// Run `cargo xtask test --only edge` first, which installs the package.
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { bundle, project, startWorker } from "./runtimes.mjs";

const ROUNDS = 15;

const programs = {
  without: "export default { fetch: () => new Response() };",
  with: `import { BimpeAI } from "bimpe";
    export default {
      fetch: () => new Response(new BimpeAI({ apiKey: "sk_test" }).baseUrl),
    };`,
};

/** Returns the milliseconds of the first and the second request to a new process. */
async function start(script) {
  const { url, stop } = await startWorker(script);
  try {
    const times = [];
    for (let request = 0; request < 2; request += 1) {
      const started = performance.now();
      await (await fetch(url)).text();
      times.push(performance.now() - started);
    }
    return times;
  } finally {
    await stop();
  }
}

const median = (values) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)];

const found = {};
for (const [name, source] of Object.entries(programs)) {
  const folder = join(project, `bench-${name}`);
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "source.mjs"), source);
  const script = join(folder, "out/main.mjs");
  await bundle(join(folder, "source.mjs"), script);
  const rounds = [];
  for (let round = 0; round < ROUNDS; round += 1) rounds.push(await start(script));
  found[name] = [0, 1].map((request) => median(rounds.map((times) => times[request])));
}
const [cold, warm] = [0, 1].map((request) => found.with[request] - found.without[request]);
console.log(`cold start: ${cold.toFixed(1)} ms, second request: ${warm.toFixed(1)} ms (medians of ${ROUNDS}, over an empty worker)`);
