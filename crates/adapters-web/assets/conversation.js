// A conversation as it happens: answers grow, others' messages come, and forms are sent without leaving the page. Without this module
// every link and form leads to a page that does the same.
import { announce, fragment, parse } from "./app.js";

const HEADERS = { "Parlor-Fragment": "conversation" };
const root = document.getElementById("conversation");
const dialog = document.getElementById("conversation-dialog");
const part = (id) => document.getElementById(id);
// Articles that come while a page is on its way, for each page: it may be older than they are.
const queues = new Set();
let source, seen;

// Whether the end of the page is in sight, where one reads along.
const atEnd = () => scrollY + innerHeight > document.documentElement.scrollHeight - 160;
const toEnd = () => scrollTo(0, document.documentElement.scrollHeight);

function setLeaf(leaf) {
  part("path").dataset.leaf = leaf;
  for (const input of root.querySelectorAll("input[data-leaf]")) input.value = leaf;
  const map = root.querySelector("a[data-map]");
  if (map) map.search = leaf && `?leaf=${leaf}`;
  if (part("continues")?.hidden) part("composer").elements.parent.value = leaf || "root";
}

// Nothing of the conversation stays.
function gone(text) {
  source?.close();
  for (const open of document.querySelectorAll("dialog")) open.remove();
  document.title = text;
  const notice = document.createElement("p");
  notice.className = "notice danger";
  notice.textContent = text;
  root.replaceChildren(notice);
  part("toasts")?.replaceChildren();
  announce(text);
}

// Puts an article where it belongs, or finds out what its coming changes.
function place(article) {
  for (const queue of queues) queue.push(article.cloneNode(true));
  const path = part("path");
  if (!path) return;
  const end = atEnd();
  const old = part(article.id);
  const { parent, announce: words } = article.dataset;
  if (old?.hasAttribute("data-writing") && article.hasAttribute("data-writing")) {
    // What one has in focus stays.
    const [grown, growing] = [old, article].map((it) => it.querySelector(".markdown"));
    grown.replaceChildren(...growing.childNodes);
  } else if (old) {
    if (old.querySelector(".edit-form")) return;
    const focused = old.contains(document.activeElement);
    if (old.hasAttribute("data-writing")) announce(words);
    old.replaceWith(article);
    if (focused) (part("composer-content") ?? article).focus();
  } else if (parent === path.dataset.leaf && !path.dataset.part) {
    path.querySelector("[data-empty]")?.remove();
    path.append(article);
    setLeaf(article.dataset.message);
    announce(words);
  } else if (!parent || part(`m-${parent}`)) {
    // A sibling of what is shown.
    load(location.href);
    return;
  }
  if (end) toEnd();
}

// Shows what came instead of what is there; what somebody is typing stays.
function swap(parts, url) {
  const [head, next] = ["conversation-header", "conversation-footer"].map((id) => parts.getElementById(id));
  if (!head) return;
  const focused = document.activeElement?.id;
  const renaming = root.querySelector("details[data-rename][open]")?.contains(document.activeElement);
  const changed = part("conversation-footer").dataset.kind !== next.dataset.kind;
  if (changed) {
    const typed = part("composer-content")?.value;
    part("conversation-footer").replaceWith(next);
    if (typed && part("composer-content")) part("composer-content").value = typed;
  } else {
    part("goes-on")?.remove();
    const hint = next.querySelector("#goes-on");
    if (hint) part("continues").before(hint);
  }
  part("notices").replaceWith(parts.getElementById("notices"));
  part("path").replaceWith(parts.getElementById("path"));
  if (!renaming) setHead(head);
  if (part("continues") && !part(`m-${part("composer").elements.parent.value}`)) part("continues").hidden = true;
  setLeaf(part("path").dataset.leaf);
  if (url && url !== location.href) history.pushState(null, "", url);
  if (focused && document.activeElement.id !== focused) part(focused)?.focus();
}

function setHead(head) {
  part("conversation-header").replaceWith(head);
  document.title = document.title.replace(/^.*(?= – )/su, () => head.dataset.title);
}

async function load(url, push) {
  const queue = [];
  queues.add(queue);
  try {
    const response = await fetch(url, { headers: HEADERS });
    if (response.status === 401) return location.reload();
    const parts = await fragment(response);
    if (response.status === 404) return gone(parts.textContent.trim());
    if (response.ok) swap(parts, push && url);
  } finally {
    queues.delete(queue);
    queue.forEach(place);
  }
}

// Goes to a branch, and to a message in it.
async function go(link) {
  const [label, { hash }] = [link.ariaLabel, link];
  await load(link.href, true);
  const article = hash && part(hash.slice(1));
  if (!article) return;
  article.scrollIntoView({ block: "nearest" });
  const again = [...article.querySelectorAll("[data-go]")];
  const target = again.find((it) => it.ariaLabel === label) ?? again[0] ?? article;
  if (target === article) article.tabIndex = -1;
  target.focus({ preventScroll: true });
}

async function openDialog(url) {
  const response = await fetch(url, { headers: { "Parlor-Fragment": "dialog" } });
  if (!response.ok) return location.assign(url);
  ask(await fragment(response));
}

function ask(parts) {
  dialog.replaceChildren(parts);
  if (!dialog.open) dialog.showModal();
  dialog.querySelector(".on-path:last-of-type")?.scrollIntoView({ block: "nearest" });
}

// What went wrong, where it went wrong.
function complain(form, parts) {
  const place = form.classList.contains("composer") ? form : part("notices");
  const told = document.createElement("div");
  told.className = "told";
  told.append(parts);
  place.querySelector(":scope > .told")?.remove();
  place.prepend(told);
  dialog.close();
  told.scrollIntoView({ block: "nearest" });
}

async function send(form, submitter) {
  if (form.ariaBusy) return;
  form.ariaBusy = "true";
  const queue = [];
  queues.add(queue);
  try {
    const body = new URLSearchParams(new FormData(form, submitter));
    const response = await fetch(form.action, { method: "POST", headers: HEADERS, body });
    if (response.status === 401) return location.reload();
    const url = new URL(response.url);
    if (response.redirected && url.pathname !== location.pathname) return location.assign(url);
    const parts = await fragment(response);
    if (!response.ok) return complain(form, parts);
    if (!response.redirected) return ask(parts);
    const composes = form.classList.contains("composer");
    if (form.id === "composer") {
      form.reset();
      form.elements.content.value = "";
      form.elements.content.rows = 2;
      part("continues").hidden = true;
    }
    if (form.closest("[data-rename]")) document.activeElement.blur();
    form.querySelector(":scope > .told")?.remove();
    if (dialog.open) dialog.close();
    swap(parts, url.href);
    if (composes) {
      toEnd();
      part("composer-content")?.focus();
    }
  } catch {
    complain(form, root.dataset.offline);
  } finally {
    form.ariaBusy = null;
    queues.delete(queue);
    queue.forEach(place);
  }
}

async function edit(link) {
  const article = link.closest("article");
  const response = await fetch(link.href, { headers: HEADERS });
  if (!response.ok) return location.assign(link.href);
  article.querySelector(".message-actions").before(await fragment(response));
  article.classList.add("editing");
  const text = article.querySelector("textarea");
  text.rows = Math.min(14, text.value.split("\n").length + 1);
  text.focus();
}

function cancelEdit(article) {
  article.querySelector(".edit-form").remove();
  article.classList.remove("editing");
  article.querySelector("[data-edit]").focus();
}

async function copy(button, text) {
  await navigator.clipboard.writeText(text);
  button.classList.add("copied");
  announce(root.dataset.copied);
  setTimeout(() => button.classList.remove("copied"), 1500);
}

// As it is shown, without the words of our own.
function textOf(article) {
  const body = article.querySelector(".markdown");
  body.classList.add("copying");
  const text = body.innerText;
  body.classList.remove("copying");
  return text;
}

async function earlier(link) {
  const response = await fetch(link.href, { headers: HEADERS });
  if (!response.ok) return location.assign(link.href);
  const path = (await fragment(response)).getElementById("path");
  link.closest("p").replaceWith(...[...path.children].filter((it) => !it.querySelector("[data-later]")));
}

const ACTIONS = {
  "[data-go]": (link) => {
    if (dialog.open) dialog.close();
    return go(link);
  },
  "[data-dialog]": (link) => openDialog(link.href),
  "[data-close]": (link) => (link.closest("dialog") ? dialog.close() : true),
  "[data-earlier]": earlier,
  "[data-edit]": edit,
  "[data-cancel-edit]": (link) => cancelEdit(link.closest("article")),
  "[data-copy]": (button) => copy(button, button.closest(".code-block").querySelector("code").textContent),
  "[data-copy-message]": (button) => copy(button, textOf(button.closest("article"))),
  "[data-continue]": (link) => {
    const form = part("composer");
    form.elements.parent.value = link.dataset.continue;
    part("continues-from").textContent = link.closest("article").querySelector("h2").textContent;
    part("continues-from").hash = link.closest("article").id;
    part("continues").hidden = false;
    form.elements.content.focus();
  },
  "#continues-cancel": () => {
    part("continues").hidden = true;
    setLeaf(part("path").dataset.leaf);
    part("composer-content").focus();
  },
};

document.addEventListener("click", (event) => {
  if (event.button || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
  for (const [selector, act] of Object.entries(ACTIONS)) {
    const found = event.target.closest(selector);
    if (!found) continue;
    event.preventDefault();
    Promise.resolve(act(found)).catch(() => found.href && location.assign(found.href));
    return;
  }
});

document.addEventListener("submit", (event) => {
  if (!event.target.matches("form[data-fetch]")) return;
  event.preventDefault();
  send(event.target, event.submitter);
});

addEventListener("keydown", ({ key, target }) => {
  const form = key === "Escape" && target.closest?.(".edit-form");
  if (form) cancelEdit(form.closest("article"));
});

document.addEventListener("input", ({ target }) => {
  if (target.id === "composer-content") target.rows = Math.max(2, Math.min(12, target.value.split("\n").length));
});

// Events of `details` do not bubble.
document.addEventListener(
  "toggle",
  ({ target }) => {
    if (target.matches("details[data-rename][open]")) target.querySelector("input[name=title]").select();
  },
  true,
);

addEventListener("popstate", () => load(location.href));

function listen() {
  source = new EventSource(`${root.dataset.live}?after=${seen}`);
  const on = (name, act) =>
    source.addEventListener(name, (event) => {
      seen = event.lastEventId || seen;
      act(event.data);
    });
  on("message", (html) => place(parse(html).querySelector("article")));
  on("conversation", (html) => {
    const head = parse(html).querySelector("header");
    // With other rights there are other buttons everywhere.
    if (head.dataset.access !== part("conversation-header").dataset.access) load(location.href);
    else if (!root.querySelector("details[data-rename][open]")) {
      setHead(head);
      setLeaf(part("path").dataset.leaf);
    }
  });
  on("gone", gone);
  source.onerror = () => {
    // Refused: the page knows why, or it is tried again.
    if (source.readyState === EventSource.CLOSED) setTimeout(() => load(location.href).then(listen, listen), 3000);
  };
}

document.body.classList.add("scripted");
seen = part("path").dataset.after;
if (!location.hash && !part("path").dataset.part) toEnd();
listen();
