// What a CommonJS module sees: the same names, values and types.
import bimpe = require("bimpe");

export const client: bimpe.BimpeAI = new bimpe.BimpeAI({ apiKey: "sk_x" });
export const options: bimpe.RequestOptions = { timeout: 1000 };
export const events: AsyncIterable<bimpe.StreamMessageEvent> = client.conversations.messages.stream("a", "c");

// @ts-expect-error there is no such class
export const nothing = new bimpe.Bimpe();
