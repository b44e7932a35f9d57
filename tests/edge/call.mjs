// A program that sends a request with `bimpe` and returns the outcome as JSON. Each runtime runs it.
import * as bimpe from "bimpe";

const camel = (name) => name.replace(/_([a-z])/g, (_, letter) => letter.toUpperCase());

/** Sends a request of a case, or reads events of a stream. */
export async function call({ settings, method, path = [], body, iterate, events }) {
  const outcome = { items: 0 };
  try {
    const client = new bimpe.BimpeAI(settings);
    const names = method.split(".").map(camel);
    const resource = names.slice(0, -1).reduce((parent, name) => parent[name], client);
    const result = resource[names.at(-1)](...path, ...(body === undefined ? [] : [body]));
    if (events !== undefined) outcome.events = await read(result, events);
    else if (iterate) for await (const _ of result) outcome.items += 1;
    else outcome.value = plain(await result);
  } catch (error) {
    outcome.error = {
      ...plain(error),
      class: error.name,
      ours: error instanceof bimpe.BimpeAIError,
      text: `${error}`,
      stack: error.stack,
      code: error.cause?.code,
    };
  }
  return outcome;
}

async function read(stream, count) {
  const ids = [];
  for await (const _ of stream) {
    ids.push(stream.lastId);
    if (ids.length === count) break;
  }
  return { ids, reconnects: stream.stats.reconnects };
}

/** Returns a result as JSON values. */
const plain = (result) => JSON.parse(JSON.stringify(result instanceof bimpe.Page ? result.data : (result ?? null)));
