// The share dialog: opened over the conversation, and telling at each change what saving it would change. Without this module it is a page
// of its own, whose buttons do the same.
import { fragment, pause, request } from "./app.js";

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

// What is chosen in a form.
function chosen(form) {
  const data = new FormData(form);
  return JSON.stringify([data.get("organization"), data.get("collaborate"), data.getAll("group").sort()]);
}

function tell(text) {
  const [told, words] = [document.createElement("div"), document.createElement("p")];
  Object.assign(told, { className: "notice danger", role: "alert" });
  words.textContent = text;
  told.append(words);
  part("share-told").replaceChildren(told);
}

function enhance(box) {
  const form = box.querySelector("form.share");
  const dialog = box.closest("dialog");
  const { preview, done, unknown, undone } = form.dataset;
  let [turn, timer, looking, saving] = [0, 0, Promise.resolve(), 0];

  const send = (url, name, submitter, tells) => {
    const options = {
      method: "POST",
      headers: { "Parlor-Fragment": name },
      body: new URLSearchParams(new FormData(form, submitter)),
      redirect: "manual",
    };
    return request(url, options, 15, tells);
  };

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

  const leave = () => (dialog ? location.reload() : location.assign(done));

  // No answer came: finds out whether the choice is saved, as soon as the service answers again.
  const learn = async (mine) => {
    tell(unknown);
    for (let wait = 1000; ; wait = Math.min(30_000, 2 * wait)) {
      await pause(wait);
      if (!form.isConnected || mine !== saving) return;
      const fresh = await request(form.action, { headers: { "Parlor-Fragment": "share" } }, 15, false)
        .then(async (response) => {
          if (response.ok) return (await fragment(response)).querySelector("form.share");
          // It is gone, or one has to sign in; else the service only cannot answer yet.
          if ([401, 403, 404].includes(response.status)) leave();
        })
        .catch(() => null);
      if (mine !== saving || !fresh) continue;
      if (chosen(fresh) === chosen(form)) return leave();
      if (fresh.elements.version.value !== form.elements.version.value) return look("share");
      return tell(undone);
    }
  };

  const save = async (submitter) => {
    form.ariaBusy = "true";
    await looking;
    // What stands there now may be another button than the one that was pressed.
    const button = submitter.isConnected ? submitter : form.querySelector("[data-save]");
    if (!button) return (form.ariaBusy = null);
    part("share-told").querySelector(".notice.danger")?.remove();
    const response = await send(form.action, "share", button, false).finally(() => (form.ariaBusy = null));
    if (response.type === "opaqueredirect") return leave();
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
    event.preventDefault();
    const { submitter } = event;
    if (!submitter?.hasAttribute("data-save")) {
      look("share", submitter);
      return;
    }
    if (form.ariaBusy === "true") return;
    const mine = ++saving;
    save(submitter).catch(() => learn(mine));
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
  link.ariaBusy = "true";
  const done = () => (link.ariaBusy = null);
  fill(dialog, link.href).then(done, () => location.assign(link.href));
});

const page = document.querySelector("[data-share-form]");
if (page) enhance(page);
