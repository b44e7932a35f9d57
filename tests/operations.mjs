// Every operation with valid arguments, from the examples of the API description.

import { readFileSync } from "node:fs";
import { methodOf } from "./bimpe.mjs";

const description = new URL("../crates/bimpe-sandbox/src/openapi.json", import.meta.url);
const document = JSON.parse(readFileSync(description, "utf8"));

export const stream = "conversations.messages.stream";

const resolve = (node) =>
  node.$ref === undefined
    ? node
    : node.$ref
        .slice(2)
        .split("/")
        .reduce((parent, name) => parent[name], document);

function* all() {
  for (const [template, methods] of Object.entries(document.paths)) {
    for (const [method, { operationId, parameters = [], requestBody, responses }] of Object.entries(methods)) {
      if (operationId === undefined) continue;
      const examples = (place) =>
        parameters
          .map(resolve)
          .filter((parameter) => parameter.in === place)
          .map(({ name, example }) => [name, example]);
      const [, success] = Object.entries(responses).find(([status]) => status.startsWith("2"));
      yield {
        id: operationId,
        template,
        method,
        path: examples("path").map(([, example]) => example),
        // A stream requests its ticket itself.
        query: operationId === stream ? undefined : Object.fromEntries(examples("query")),
        body: requestBody?.content["application/json"].example,
        givesNothing: success.content["application/json"]?.schema.$ref === "#/components/schemas/NullEnvelope",
      };
    }
  }
}

export const operations = [...all()];

/** Calls the method of an operation. Returns its result, or the first event of a stream. */
export async function invoke(client, { id, query, body }, path, options) {
  const input = body ?? (Object.keys(query ?? {}).length > 0 ? query : undefined);
  const result = methodOf(client, id)(...path, ...(input === undefined ? [] : [input]), options);
  return id === stream ? (await result[Symbol.asyncIterator]().next()).value : await result;
}
