// Sends requests to a sandbox with the package of the folder in BIMPE_PACKAGE: a page, an error, a stream. Prints the platform.
const assert = require("node:assert/strict");
const { BimpeAI, NotFoundError, VERSION, webchatUserId } = require(process.env.BIMPE_PACKAGE || "bimpe");

async function main() {
  const client = new BimpeAI();
  const pages = await Promise.all(Array.from({ length: 20 }, () => client.agents.list()));
  const [agent] = pages[0].data;
  await assert.rejects(async () => client.agents.retrieve("missing"), NotFoundError);
  const reply = await client.conversations.ask(agent.id, {
    message: "Hello",
    channel_type: "webchat",
    channel_user_id: webchatUserId("visitor 17"),
    is_test_channel: true,
  });
  for await (const event of client.conversations.messages.stream(agent.id, reply.conversation_id, { after: "2020-01-01" })) {
    assert.ok(event.message);
    break;
  }
  console.log("ok:", VERSION, process.version, process.arch, process.platform, agent.name);
}

main().catch((error) => {
  console.error(error);
  process.exitCode = 1;
});
