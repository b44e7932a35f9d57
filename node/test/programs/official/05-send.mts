// Sends a message to a conversation, or to the visitor in the environment variables.
import { BimpeAI } from "bimpe";

const api = new BimpeAI({ apiKey: process.env.BIMPEAI_API_KEY ?? "" });
const [agent, conversation, ...words] = process.argv.slice(2);
if (!agent || !conversation) throw new Error("usage: AGENT [CONVERSATION] MESSAGE");
if (words.length > 0) {
  const { id } = await api.conversations.messages.send(agent, conversation, { message: words.join(" ") });
  console.log(`sent as ${id}`);
} else {
  const channel = process.env.BIMPEAI_CHANNEL_TYPE as "whatsapp" | "webchat" | "telephony" | undefined;
  const visitor = process.env.BIMPEAI_CHANNEL_USER_ID;
  if (!channel || !visitor) throw new Error("the environment names no visitor");
  const { id } = await api.conversations.send(agent, {
    message: conversation,
    channel_type: channel,
    channel_user_id: visitor,
    is_test_channel: process.env.BIMPEAI_IS_TEST_CHANNEL === "true",
  });
  console.log(`sent as ${id}`);
}
