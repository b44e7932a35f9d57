// Looks up a name at a silent resolver. Prints the delay beyond the timeout in milliseconds, and the time.
// Arguments: the timeout.
import { createSocket } from "node:dgram";
import { BimpeAI, ConnectionTimeoutError } from "bimpe";

const timeout = Number(process.argv[2]);
let lookups = 0;
const resolver = createSocket("udp4").on("message", () => lookups++);
await new Promise((resolve) => resolver.bind(53, "127.0.0.1", resolve));
const client = new BimpeAI({ apiKey: "sk_test", baseUrl: "https://bimpe.test", timeout });
const started = performance.now();
const error = await client.agents.retrieve("a").catch((error) => error);
const late = performance.now() - started - timeout;
// Otherwise the request did not wait for the lookup.
if (!(error instanceof ConnectionTimeoutError) || lookups === 0) throw error;
resolver.close();
process.stdout.write(`${late} ${Date.now()}`);
