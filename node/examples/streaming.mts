// Print the messages of a conversation as they arrive.
//
// Usage: streaming AGENT_ID CONVERSATION_ID [AFTER]. Reads BIMPEAI_API_KEY and BIMPEAI_BASE_URL. Ctrl-C ends it.
// The last line has the id to pass as AFTER, so that the next run misses no message.

import { BimpeAI, StreamDecodeError, StreamEndedError } from "bimpe";

const [agentId = "", conversationId = "", after] = process.argv.slice(2);
const bimpe = new BimpeAI();

// The signal closes the connection. The loop below then ends without an error.
const stop = new AbortController();
process.once("SIGINT", () => stop.abort());

const stream = bimpe.conversations.messages.stream(agentId, conversationId, { after, signal: stop.signal });
for (;;) {
  try {
    for await (const event of stream) console.log(`${event.role}: ${event.message}`);
    break;
  } catch (error) {
    if (error instanceof StreamDecodeError) {
      // One event is malformed. The stream continues with the next.
      console.error(error.message);
    } else if (error instanceof StreamEndedError) {
      // The stream reconnects by itself, so this is final.
      console.error(`${error.reason}: ${error.message}`);
      process.exitCode = 1;
      break;
    } else {
      throw error;
    }
  }
}
console.log(`after ${stream.lastId}`);
