// Copies texts, shows the latest message of a chat, and says why a page does not follow changes.

document.addEventListener("click", async ({ target }) => {
  const button = target.closest("[data-copy]");
  if (button === null) return;
  await navigator.clipboard.writeText(document.getElementById(button.dataset.copy).textContent);
  button.textContent = "Copied";
  setTimeout(() => (button.textContent = "Copy"), 2000);
});

let shown = 0;
const showLatest = () => {
  const messages = document.getElementById("messages");
  // Only a new message moves the list, so that a person can read earlier ones.
  if (messages === null || messages.childElementCount === shown) return;
  shown = messages.childElementCount;
  messages.scrollTop = messages.scrollHeight;
};
showLatest();
document.addEventListener("htmx:after:swap", showLatest);

document.addEventListener("htmx:response:error", ({ detail: { ctx } }) => {
  if (ctx.sourceElement !== document.body) return;
  const notice = document.getElementById("notice");
  notice.textContent = ctx.text;
  notice.hidden = false;
});
