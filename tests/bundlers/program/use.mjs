import { BimpeAI, NotFoundError } from "bimpe";

/** Sends requests, and returns their results and the path of the native module. */
export async function use() {
  const client = new BimpeAI();
  const { data } = await client.agents.list();
  const error = await client.agents.retrieve("missing").catch((thrown) => thrown);
  // Deno requires more permissions for the report, and the report of Bun lists no objects.
  const objects = "Deno" in globalThis ? [] : (process.report.getReport().sharedObjects ?? []);
  return {
    agents: data.length,
    refused: error instanceof NotFoundError,
    native: objects.find((file) => file.endsWith(".node") && !file.includes("sharp")),
  };
}
