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
    // It decodes no other names of gzip, and rejects an empty body.
    "the content coding GZIP",
    "the content coding x-gzip",
    "an empty body that claims to be gzip",
    // It accepts the header.
    "201 with a control character in a header",
  ]),
  Deno: new Set([
    // It decodes no other name of gzip, and rejects an empty body.
    "the content coding x-gzip",
    "an empty body that claims to be gzip",
  ]),
  Bun: new Set([
    // It has no limit for this header.
    "a header of 1 MB",
    // It rejects the header without naming it.
    "201 with a control character in a header",
  ]),
  Chromium: new Set([
    // It accepts an invalid head, and one that ends early.
    "a status that is no number",
    "201 with a control character in a header",
    "read, lost within the head",
    "read, lost within the head at each attempt",
    "write, lost within the head",
    "write, lost within the head, without retries",
    // It hides the address of a redirect.
    "to a host that is named after the key",
  ]),
};

/** Returns whether a case of faults.json is about certificates or HTTP messages, as each or one runtime takes them. */
export const isOfFetch = ({ name, transport }, runtime) =>
  transport !== undefined || NAMES.has(name) || OF_RUNTIMES[runtime]?.has(name) === true;

/** Returns the status of an error as the runtime shows it: Chromium hides that of a redirect. */
export const shownStatus = (status, runtime) => (runtime === "Chromium" && Math.floor(status / 100) === 3 ? 302 : status);
