// The first minutes of a person: a connected service, a chat by a test code, a replayed request.

import assert from "node:assert/strict";
import { test } from "node:test";
import { request, setUp } from "./support.mjs";

const world = setUp();

test("a person connects a calendar, chats by a test code and replays a request", async () => {
  const { page, check } = await world.open();
  await page.goto("/");
  await page.getByRole("link", { name: "Connect Google Calendar" }).click();
  await page.getByRole("button", { name: "Connect Google Calendar" }).click();
  await page.getByRole("button", { name: "Approve" }).click();
  await page.getByRole("heading", { name: "Google Calendar is connected" }).waitFor();
  await page.getByRole("link", { name: "Back to the agent" }).click();
  await page.getByRole("heading", { name: "Google Calendar connected" }).waitFor();

  await page.getByRole("button", { name: "Get the test code" }).click();
  await page.getByRole("link", { name: "Chat on WhatsApp" }).click();
  assert.match(await page.getByRole("textbox", { name: "Message" }).inputValue(), /^start [A-Z0-9]{8}$/);
  await page.getByRole("button", { name: "Send" }).click();
  await page.getByRole("textbox", { name: "Message" }).fill("What can you do?");
  await page.keyboard.press("Enter");
  await page.getByRole("log").getByText("Create event").waitFor();

  await page.getByRole("link", { name: "Requests" }).click();
  await page.getByRole("link", { name: "conversations.messages.send" }).first().click();
  await page.getByRole("button", { name: "Replay" }).click();
  await page.getByText("replay", { exact: true }).waitFor();
  await page.getByRole("link", { name: "Conversations" }).click();
  await page.getByRole("link", { name: "+447700900789" }).click();
  assert.equal(await page.getByRole("log").getByText("What can you do?").count(), 2);
  await check();
});

test("an open page follows requests and messages of a program", async () => {
  const { page, check } = await world.open();
  const agent = `/agents/${world.sandbox.agent_id}`;
  const sender = { channel_type: "whatsapp", channel_user_id: "+2348012345678" };
  const { conversation_id } = await request(world, "POST", `${agent}/conversations/messages`, { message: "Hello", ...sender });
  // A late extension must not stop the live parts.
  await page.route("**/hx-sse.min.js", (route) => setTimeout(() => route.continue(), 500));
  await page.goto(`/conversations/${conversation_id}`);
  await page.getByRole("textbox", { name: "Message" }).fill("not sent yet");
  await request(world, "POST", `${agent}/conversations/${conversation_id}/messages`, { message: "Is it live?" });
  await page.getByRole("log").getByText("You said: Is it live?").waitFor();
  assert.equal(await page.getByRole("textbox", { name: "Message" }).inputValue(), "not sent yet");

  await page.goto("/requests");
  await page.getByLabel("Operation").selectOption("agents.update");
  await page.getByText("No requests").waitFor();
  await request(world, "PATCH", agent, { language: "en" });
  await page.getByRole("link", { name: "agents.update" }).waitFor();
  await request(world, "GET", "/agents");
  await request(world, "PATCH", agent, { language: "fr" });
  await page.locator("tbody tr").nth(1).waitFor();
  assert.equal(await page.locator("tbody tr").count(), 2);
  assert.match(page.url(), /operation=agents\.update/);
  await check();
});

test("a page beyond the limit of live streams says so and stays usable", async () => {
  const { page } = await world.open();
  const streams = new AbortController();
  const open = () => fetch(`${world.sandbox.url}/live`, { signal: streams.signal });
  await Promise.all(Array.from({ length: 100 }, open));
  await page.goto("/agents");
  await page.getByRole("status").getByText("Close pages of the sandbox").waitFor();
  await page.getByRole("link", { name: "Ada" }).click();
  await page.getByRole("heading", { name: "Ada" }).waitFor();
  streams.abort();
});
