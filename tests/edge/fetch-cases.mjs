// Cases whose outcome the `fetch` of the runtime decides, because they are about HTTP below the engine.

const NAMES = new Set([
  "an unsolicited 101",
  "an unsolicited 101 to a write",
  "a few 103 before the response",
  "the content coding identity, gzip",
]);

/** Those of single runtimes. */
const OF_RUNTIMES = {
  workerd: new Set([
    "the content coding GZIP",
    "the content coding x-gzip",
    "an empty body that claims to be gzip",
    "201 with a control character in a header",
  ]),
};

/** Returns whether a case of faults.json is about certificates or HTTP messages, as each or one runtime takes them. */
export const isOfFetch = ({ name, transport }, runtime) =>
  transport !== undefined || NAMES.has(name) || OF_RUNTIMES[runtime]?.has(name) === true;
