import { BimpeAI, NotFoundError } from "bimpe";

/** Makes calls, and tells what they gave and where the native module lies, as far as the runtime tells that. */
export async function use() {
  const client = new BimpeAI();
  const { data } = await client.agents.list();
  const error = await client.agents.retrieve("nobody").catch((thrown) => thrown);
  // Deno asks for more permissions, and Bun tells nothing.
  const objects = "Deno" in globalThis ? [] : (process.report.getReport().sharedObjects ?? []);
  return {
    agents: data.length,
    refused: error instanceof NotFoundError,
    native: objects.find((file) => file.endsWith(".node") && !file.includes("sharp")),
  };
}
