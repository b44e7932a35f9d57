// A CommonJS module has all names, as values and types.
import bimpe = require("bimpe");

export const client: bimpe.BimpeAI = new bimpe.BimpeAI({ apiKey: "sk_x" });
export const options: bimpe.RequestOptions = { timeout: 1000 };
export const events: AsyncIterable<bimpe.StreamMessageEvent> = client.conversations.messages.stream("a", "c");

// @ts-expect-error unknown class
export const nothing = new bimpe.Bimpe();
