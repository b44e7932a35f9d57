// Ends while requests are pending, and prints the time before the end.
//
// Arguments: the situation, the URL of a server that responds, and the URL of a server that does not.

import { Worker } from "node:worker_threads";
import { BimpeAI } from "bimpe";

const [situation, responding, silent] = process.argv.slice(2);
const client = new BimpeAI({ apiKey: "sk_test", baseUrl: responding });
const waiting = new BimpeAI({ apiKey: "sk_test", baseUrl: silent });
const moment = (milliseconds = 50) => new Promise((resolve) => setTimeout(resolve, milliseconds));
const stream = () => waiting.conversations.messages.stream("a", "c");
const printTime = () => console.log(Date.now());

const situations = {
  async "after a request"() {
    await client.agents.retrieve("a");
  },
  async "with a client that was never used"() {},
  async "after a request was aborted"() {
    const signal = AbortSignal.timeout(50);
    await waiting.agents.retrieve("a", { signal }).catch(() => {});
  },
  async "after a break out of a stream"() {
    const events = stream();
    setTimeout(() => events.return(), 50);
    for await (const _ of events);
  },
  async "with a stream that was never read"() {
    stream();
  },
  async "after close() with pending requests"() {
    const calls = [waiting.agents.retrieve("a"), stream().next()];
    await moment();
    waiting.close();
    await Promise.allSettled(calls);
  },
  async "exit with a pending request"() {
    waiting.agents.retrieve("a");
    await moment();
    printTime();
    process.exit();
  },
  async "exit with many pending requests"() {
    for (let number = 0; number < 50; number++) {
      waiting.agents.retrieve("a");
      client.agents.retrieve("b");
    }
    await moment(number());
    printTime();
    process.exit();
  },
  async "exit with an open stream"() {
    stream().next();
    await moment();
    printTime();
    process.exit();
  },
  async "exit while responses arrive"() {
    await client.agents.retrieve("a");
    for (let number = 0; number < 50; number++) client.agents.retrieve("b");
    await moment(number() / 10);
    printTime();
    process.exit();
  },
  async "exit in a handler of exit"() {
    process.on("exit", () => {
      client.agents.retrieve("a");
      waiting.close();
    });
  },
  async "a worker ends by itself"() {
    await workerExit('await client.agents.retrieve("a");');
  },
  async "a worker is terminated with a pending request"() {
    await terminateWorker(
      'client.agents.retrieve("a"); parentPort.postMessage(1); waiting.agents.retrieve("a");',
    );
  },
  async "a worker is terminated with an open stream"() {
    await terminateWorker(
      'parentPort.postMessage(1); for await (const _ of waiting.conversations.messages.stream("a", "c"));',
    );
  },
  async "a worker is terminated while responses arrive"() {
    await terminateWorker(
      'for (;;) { const calls = Array.from({ length: 20 }, () => client.agents.retrieve("a")); parentPort.postMessage(1); await Promise.all(calls); }',
    );
  },
  async "a worker exits with pending requests"() {
    await workerExit(
      'for (let i = 0; i < 20; i++) { client.agents.retrieve("a"); waiting.agents.retrieve("a"); } setTimeout(() => process.exit(), 20);',
    );
  },
  async "exit with workers that send requests"() {
    for (let number = 0; number < 3; number++) {
      await new Promise((resolve) => {
        worker('for (;;) { parentPort.postMessage(1); await client.agents.retrieve("a"); }').once(
          "message",
          resolve,
        );
      });
    }
    printTime();
    process.exit();
  },
};

/** Returns a number from 0 to 100, so that runs differ in timing. */
function number() {
  return Math.random() * 100;
}

function worker(work) {
  const program = `
    import { parentPort } from "node:worker_threads";
    import { BimpeAI } from ${JSON.stringify(import.meta.resolve("bimpe"))};
    const client = new BimpeAI({ apiKey: "sk_test", baseUrl: ${JSON.stringify(responding)} });
    const waiting = new BimpeAI({ apiKey: "sk_test", baseUrl: ${JSON.stringify(silent)} });
    ${work}
  `;
  return new Worker(new URL(`data:text/javascript,${encodeURIComponent(program)}`));
}

function workerExit(work) {
  return new Promise((resolve, reject) => worker(work).once("error", reject).once("exit", resolve));
}

async function terminateWorker(work) {
  const one = worker(work);
  await new Promise((resolve, reject) => one.once("error", reject).once("message", resolve));
  await moment(number() / 5);
  await one.terminate();
}

await situations[situation]();
// The situations with workers do not use the client of the main thread. A request shows that it still works.
if (situation.startsWith("a worker")) await client.agents.retrieve("a");
printTime();
