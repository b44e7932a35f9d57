// Asks a resolver that never answers for a name, and prints by how many milliseconds too late it gives up, and when.
// Arguments: the timeout.
import { createSocket } from "node:dgram";
import { BimpeAI, ConnectionTimeoutError } from "bimpe";

const timeout = Number(process.argv[2]);
let asked = 0;
const resolver = createSocket("udp4").on("message", () => asked++);
await new Promise((resolve) => resolver.bind(53, "127.0.0.1", resolve));
const client = new BimpeAI({ apiKey: "sk_test", baseUrl: "https://bimpe.test", timeout });
const begun = performance.now();
const error = await client.agents.retrieve("a").catch((error) => error);
const late = performance.now() - begun - timeout;
// Otherwise it did not wait for a name.
if (!(error instanceof ConnectionTimeoutError) || asked === 0) throw error;
resolver.close();
process.stdout.write(`${late} ${Date.now()}`);
