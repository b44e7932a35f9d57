// Accessibility and keyboard on each page, in both color schemes, on wide and narrow screens.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { test } from "node:test";
import axe from "axe-core";
import { request, setUp } from "./support.mjs";

const world = setUp(prepare);
const paths = ["/", "/agents", "/conversations", "/requests", "/faults", "/state", "/chat/whatsapp?text=start%20A"];

async function prepare() {
  const agent = `/agents/${world.sandbox.agent_id}`;
  const integrations = `${agent}/integrations`;
  await request(world, "POST", `${integrations}/bimpeai/configure`, { type: "bumpa", token: "t" });
  const { onboarding_url } = await request(world, "POST", `${integrations}/bimpeai/configure`, { type: "google_calendar" });
  const { id } = await request(world, "POST", `${integrations}/custom_api/configure`, { name: "Shop", auth_type: "none" });
  const tool = await request(world, "POST", `${integrations}/custom_api/${id}/tools`, {
    name: "Find order",
    http_method: "GET",
    url_template: "/orders/{{order_id}}",
    url_params: [{ name: "order_id", type: "string", required: true, description: "Number of the order" }],
  });
  await request(world, "GET", `${agent}/deployment/agent-test-code`);
  const message = { message: "I need a human", channel_type: "whatsapp", channel_user_id: "+2348012345678" };
  const { conversation_id } = await request(world, "POST", `${agent}/conversations/messages`, message);
  await request(world, "GET", "/agents/none");
  const admin = (method, path, body) =>
    fetch(`${world.sandbox.url}/_sandbox${path}`, { method, body: body && JSON.stringify(body) });
  await admin("POST", "/faults", { operation: "calls.list", status: 503, headers: { "retry-after": "soon" } });
  await admin("PUT", "/snapshots/before");
  paths.push(
    agent,
    new URL(onboarding_url).pathname,
    `/conversations/${conversation_id}`,
    `/tools/${tool.id}`,
    "/requests/1",
    "/requests/6",
    "/operations/agents.integrations.custom_api.configure?auth_type=bearer",
  );
}

for (const colorScheme of ["light", "dark"]) {
  for (const width of [1200, 360]) {
    test(`each page is accessible in ${colorScheme} at ${width} pixels`, async () => {
      const { page, check } = await world.open({ colorScheme, viewport: { width, height: 800 } });
      for (const path of paths) {
        await page.goto(path);
        // Hidden parts get no check.
        await page.locator("details").evaluateAll((all) => all.forEach((details) => details.removeAttribute("name")));
        await page.locator("details").evaluateAll((all) => all.forEach((details) => (details.open = true)));
        await page.evaluate(axe.source);
        const { violations } = await page.evaluate(() => globalThis.axe.run());
        const found = violations.map(({ id, nodes }) => `${path}: ${id}: ${nodes.map((node) => node.html).join(" ")}`);
        assert.deepEqual(found, []);
        const overflow = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
        assert.ok(overflow <= 0, `${path} is ${overflow} pixels too wide`);
      }
      await check();
    });
  }
}

test("the keyboard reaches and uses all controls", async () => {
  const { page, check } = await world.open();
  await page.goto("/");
  await page.keyboard.press("Tab");
  assert.equal(await page.evaluate(() => document.activeElement.textContent), "Skip to content");
  for (const path of paths) {
    await page.goto(path);
    const count = await page.evaluate(() => {
      const controls = document.querySelectorAll("a, button, input:not([type=hidden]), select, textarea, summary");
      return [...controls].filter((control) => control.checkVisibility()).length;
    });
    await page.evaluate(() => document.activeElement.blur());
    const reached = new Set();
    for (let step = 0; step < count + 20; step += 1) {
      await page.keyboard.press("Tab");
      reached.add(await page.evaluate(() => [...document.querySelectorAll("*")].indexOf(document.activeElement)));
    }
    assert.ok(reached.size >= count, `${path}: ${reached.size} of ${count} controls`);
  }
  await page.goto("/state");
  await page.getByRole("button", { name: "Freeze the clock" }).focus();
  await page.keyboard.press("Enter");
  await page.getByRole("button", { name: "Continue the clock" }).waitFor();
  await check();
});

test("a button copies a snippet", async () => {
  const { page, check } = await world.open({ permissions: ["clipboard-read", "clipboard-write"] });
  await page.goto("/requests/1");
  await page.getByText("TypeScript").click();
  await page.locator("[data-copy=snippet-typescript]").click();
  await page.getByRole("button", { name: "Copied" }).waitFor();
  assert.match(await page.evaluate(() => navigator.clipboard.readText()), /^import \{ BimpeAI \} from "bimpe";/);
  await check();
});

test("the pages work without scripts", async () => {
  const { page, check } = await world.open({ javaScriptEnabled: false });
  await page.goto("/faults");
  await page.getByLabel("status").fill("503");
  await page.getByLabel("times").fill("1");
  await page.getByRole("button", { name: "Add the rule" }).click();
  await page.getByText("times: 1").waitFor();
  await page.getByRole("button", { name: "Delete all rules" }).click();
  await page.getByText("No rules").waitFor();
  await check();
});

test("the scripts are those of the npm package", async () => {
  const { resolve } = createRequire(import.meta.url);
  const folder = resolve("htmx.org/package.json").replace("package.json", "");
  const files = {
    "htmx.min.js": "dist/htmx.min.js",
    "hx-sse.min.js": "dist/ext/hx-sse.min.js",
    "htmx-license.txt": "LICENSE",
  };
  for (const [name, source] of Object.entries(files)) {
    const served = await fetch(`${world.sandbox.url}/assets/${name}`);
    assert.equal(await served.text(), readFileSync(folder + source, "utf8"), name);
  }
});
