// The share dialog: opened over the conversation, and telling at each change what saving it would change. Without this module it is a page
// of its own, whose buttons do the same.
import { fragment, request } from "./app.js";

const PARTS = ["share-told", "share-state", "share-found-status", "share-found", "share-groups", "share-summary", "share-actions"];

const part = (id) => document.getElementById(id);

// Puts in place what is new of an answer. Focus stays where it was, or goes on to the search.
function swap(content) {
  const focused = document.activeElement;
  if (PARTS.every((id) => !content.getElementById(id))) {
    part("share-told").replaceChildren(content);
    return;
  }
  for (const id of PARTS) {
    const [old, next] = [part(id), content.getElementById(id)];
    if (old && next && old.innerHTML !== next.innerHTML) old.replaceChildren(...next.childNodes);
  }
  if (!focused?.isConnected) (part(focused.id) ?? part("share-q") ?? part("share-organization"))?.focus({ preventScroll: true });
}

function enhance(box) {
  const form = box.querySelector("form.share");
  const dialog = box.closest("dialog");
  const { preview, done } = form.dataset;
  let [turn, timer, looking, native] = [0, 0, Promise.resolve(), false];

  const send = (url, name, submitter) =>
    request(url, {
      method: "POST",
      headers: { "Parlor-Fragment": name },
      body: new URLSearchParams(new FormData(form, submitter)),
      redirect: "manual",
    });

  const look = (name, submitter) => {
    const mine = ++turn;
    looking = (async () => {
      const response = await send(preview, name, submitter);
      if (response.status === 401) location.reload();
      const content = await fragment(response);
      // An older answer does not come over a newer one.
      if (mine === turn) swap(content);
    })().catch(() => {});
    return looking;
  };

  const save = async (submitter) => {
    await looking;
    // What stands there now may be another button than the one that was pressed.
    const button = submitter.isConnected ? submitter : form.querySelector("[data-save]");
    if (!button) return;
    const response = await send(form.action, "share", button);
    if (response.type === "opaqueredirect") {
      if (dialog) location.reload();
      else location.assign(done);
      return;
    }
    swap(await fragment(response));
    part("share-told").querySelector("h2, strong")?.scrollIntoView({ block: "nearest" });
  };

  const depend = () => {
    part("share-collaborate").disabled = !part("share-organization").checked;
  };

  form.addEventListener("change", (event) => {
    if (event.target.id === "share-q") return;
    depend();
    look("share");
  });
  form.addEventListener("input", (event) => {
    if (event.target.id !== "share-q") return;
    clearTimeout(timer);
    timer = setTimeout(() => look("found"), 200);
  });
  form.addEventListener("submit", (event) => {
    if (native) return;
    event.preventDefault();
    const { submitter } = event;
    if (!submitter?.hasAttribute("data-save")) {
      look("share", submitter);
      return;
    }
    save(submitter).catch(() => {
      // The browser tells best why it cannot be sent.
      native = true;
      form.requestSubmit(submitter.isConnected ? submitter : null);
    });
  });
  box.addEventListener("click", (event) => {
    if (!dialog) return;
    if (event.target.closest("[data-close]")) {
      event.preventDefault();
      dialog.close();
    } else if (event.target.closest("[data-reload]")) {
      event.preventDefault();
      fill(dialog, event.target.closest("a").href);
    }
  });
  form.classList.add("live");
  depend();
}

async function fill(dialog, url) {
  const response = await request(url, { headers: { "Parlor-Fragment": "share" } });
  if (!response.ok) return location.assign(url);
  const box = document.createElement("div");
  box.append(await fragment(response));
  dialog.replaceChildren(box);
  enhance(box);
  if (!dialog.open) dialog.showModal();
}

document.addEventListener("click", (event) => {
  const link = event.target.closest("a[data-share]");
  if (!link || event.button || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
  event.preventDefault();
  // A second click while the first one's dialog is on its way.
  if (document.querySelector(".share-dialog")) return;
  const dialog = document.createElement("dialog");
  dialog.className = "share-dialog";
  dialog.setAttribute("aria-labelledby", "share-heading");
  dialog.addEventListener("close", () => dialog.remove());
  document.body.append(dialog);
  fill(dialog, link.href).catch(() => location.assign(link.href));
});

const page = document.querySelector("[data-share-form]");
if (page) enhance(page);
