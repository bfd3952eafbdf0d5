// The first prompt of a new conversation: the page stays until it is stored, and says what becomes of it. Without this module the form leads to
// the conversation by itself.
import { insist, keepDraft } from "./app.js";

const form = document.querySelector(".start-form");
const state = form?.querySelector("[data-state]");
const { sending, waiting, unknown } = form?.dataset ?? {};

// Says how far it is, or what went wrong.
function say(what, isWrong) {
  state.classList.toggle("told", Boolean(isWrong));
  state.replaceChildren(what);
}

async function send() {
  const { content, key } = form.elements;
  if (form.ariaBusy === "true" || !content.value.trim()) return;
  const body = new URLSearchParams(new FormData(form));
  // Until it is known that it is stored, it is sent under this key alone.
  keepDraft("new", { text: content.value, key: key.value, left: true });
  form.ariaBusy = "true";
  content.readOnly = true;
  say(sending);
  const waits = () => say(waiting);
  const timer = setTimeout(waits, 4000);
  try {
    const headers = { "Parlor-Fragment": "conversation" };
    const [response, parts] = await insist(form.action, { headers, body }, waits);
    if (response.status === 401) return location.reload();
    if (response.redirected) {
      content.value = "";
      keepDraft("new", { text: null, key: null });
      return location.assign(response.url);
    }
    say(parts, true);
  } catch {
    say(unknown, true);
  } finally {
    clearTimeout(timer);
  }
  form.ariaBusy = null;
  content.readOnly = false;
}

form?.addEventListener("submit", (event) => {
  event.preventDefault();
  send();
});
