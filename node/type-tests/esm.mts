// An ES module has all names, as values and types.
import type * as bimpe from "bimpe";
import { BimpeAI, type CreateAgent, type RequestOptions } from "bimpe";

export const client: bimpe.BimpeAI = new BimpeAI({ apiKey: "sk_x" });
export const options: RequestOptions = { timeout: 1000 };
export const body: CreateAgent = { name: "Shop", description: "Sells shoes", workflow_id: "w1" };

// @ts-expect-error no default export
import nothing from "bimpe";

export { nothing };
