// A conversation as it happens: answers grow, others' messages come, and forms are sent without leaving the page. Without this module
// every link and form leads to a page that does the same.
import { announce, fragment, parse } from "./app.js";

const part = (id) => document.getElementById(id);
const [root, dialog, page] = [part("conversation"), part("conversation-dialog"), document.documentElement];
// Articles that come while a page is on its way, for each page: it may be older than they are.
const queues = new Set();
// Siblings of what is shown whose coming was seen.
const known = {};
let source, seen;

const see = (it) => it.scrollIntoView({ block: "nearest" });
const atEnd = () => scrollY + innerHeight > page.scrollHeight - 160;
const toEnd = () => scrollTo(0, page.scrollHeight);
const again = () => load(location.href);
const path = () => part("path");
const box = () => part("composer-content");
const hint = () => part("continues");
const renaming = () => root.querySelector("[data-rename][open]");

// Asks for a part of a page; what comes meanwhile is put into it when it is there.
async function ask(url, options, show) {
  const queue = [];
  queues.add(queue);
  try {
    const response = await fetch(url, { headers: { "Parlor-Fragment": "conversation" }, ...options });
    if (response.status === 401) return location.reload();
    await show(response, await fragment(response));
  } finally {
    queues.delete(queue);
    queue.forEach(place);
  }
}

const load = (url, push) =>
  ask(url, {}, (response, parts) => {
    // One may have gone elsewhere meanwhile.
    if (!push && url !== location.href) return;
    if (response.ok) swap(parts, push && url);
    else if (response.status === 404) gone(parts.textContent.trim());
  });

const open = (url, show) =>
  ask(url, {}, (response, parts) => (response.ok ? show(parts) : location.assign(url)));

// Nothing of the conversation stays.
function gone(text) {
  source?.close();
  document.querySelectorAll("dialog").forEach((it) => it.remove());
  document.title = text;
  root.className = "notice danger";
  root.textContent = text;
  announce(text);
}

function setLeaf(leaf) {
  path().dataset.leaf = leaf;
  for (const input of root.querySelectorAll("input[data-leaf]")) input.value = leaf;
  root.querySelector("[data-map]").search = leaf && `?leaf=${leaf}`;
  if (hint()?.hidden) part("composer").elements.parent.value = leaf || "root";
}

// What is above, anew: a menu stays open, and the focus where it was.
function setHead(head) {
  const { id } = document.activeElement;
  const menu = root.querySelector(".menu[open]")?.id;
  part("conversation-header").replaceWith(head);
  part(menu)?.setAttribute("open", "");
  part(id)?.focus();
  document.title = `${head.dataset.title} – Parlor`;
  setLeaf(path().dataset.leaf);
}

// Puts an article where it belongs, or finds out what its coming changes.
function place(article) {
  for (const queue of queues) queue.push(article.cloneNode(true));
  const [old, end] = [part(article.id), atEnd()];
  if (!path()) return;
  const { announce: words, parent, message } = article.dataset;
  const [wrote, writes] = [old, article].map((it) => it?.ariaBusy);
  if (wrote && writes) {
    // What one has in focus stays.
    old.querySelector(".markdown").replaceWith(article.querySelector(".markdown"));
    const [shown, thoughts] = [old, article].map((it) => it.querySelector("[data-reasoning]"));
    if (shown) shown.lastElementChild.textContent = thoughts.lastElementChild.textContent;
    else if (thoughts) old.querySelector(".markdown").before(thoughts);
  } else if (old) {
    if (old.querySelector("form.edit-form")) return;
    if (old.contains(document.activeElement)) box()?.focus();
    if (wrote) announce(words);
    // Thoughts that somebody unfolded stay so.
    const [shown, thoughts] = [old, article].map((it) => it.querySelector("[data-reasoning]"));
    if (shown && thoughts) thoughts.open = shown.open;
    old.replaceWith(article);
  } else if (parent === path().dataset.leaf && !path().dataset.part) {
    path().querySelector("[data-empty]")?.remove();
    path().append(article);
    setLeaf(message);
    announce(words);
  } else if (!parent || part(`m-${parent}`)) {
    // A sibling of what is shown: once the navigators tell of it, its growth changes nothing here.
    known[message] ??= again();
    return;
  }
  if (end) toEnd();
}

// Shows what came in place of what is there; what somebody is typing stays.
function swap(parts, url) {
  const foot = parts.getElementById("conversation-footer");
  const focused = document.activeElement.id;
  if (part("conversation-footer").dataset.kind !== foot.dataset.kind) part("conversation-footer").replaceWith(foot);
  else part("goes-on")?.replaceWith(foot.querySelector("#goes-on"));
  part("notices").replaceChildren(...parts.getElementById("notices").childNodes);
  path().replaceWith(parts.getElementById("path"));
  if (hint() && !part(`m-${part("composer").elements.parent.value}`)) hint().hidden = true;
  if (!renaming()) setHead(parts.getElementById("conversation-header"));
  setLeaf(path().dataset.leaf);
  if (url && url !== location.href) history.pushState(null, "", url);
  if (document.activeElement.id !== focused) part(focused)?.focus();
}

// Goes to a branch, and to a message in it.
async function go(link) {
  // In a picture, a link's `href` is no text.
  const url = link.href.baseVal ?? link.href;
  dialog.close();
  await load(url, true);
  const article = part(url.split("#")[1]);
  if (!article) return;
  see(article);
  const links = [...article.querySelectorAll(".siblings a")];
  (links.find((it) => it.ariaLabel === link.ariaLabel) ?? links[0] ?? article).focus({ preventScroll: true });
}

function question(parts) {
  dialog.replaceChildren(parts);
  if (!dialog.open) dialog.showModal();
}

const untell = () => root.querySelectorAll(".told").forEach((old) => old.remove());

// What went wrong, where it went wrong.
function complain(form, what) {
  const told = document.createElement("div");
  told.className = "told";
  told.role = "alert";
  told.append(what);
  untell();
  (form.matches(".composer") ? form : part("notices")).prepend(told);
  dialog.close();
  see(told);
}

async function send(form, submitter) {
  if (form.ariaBusy) return;
  form.ariaBusy = "true";
  const body = new URLSearchParams(new FormData(form, submitter));
  await ask(form.action, { method: "POST", body }, (response, parts) => {
    const url = new URL(response.url);
    if (!response.ok) return complain(form, parts);
    if (!response.redirected) return question(parts);
    if (url.pathname !== location.pathname) return location.assign(url);
    untell();
    if (form.id === "composer") {
      form.elements.content.value = "";
      form.elements.content.rows = 2;
      hint().hidden = true;
    }
    const rename = form.closest("[data-rename]");
    if (rename) {
      rename.open = false;
      rename.querySelector("summary").focus();
    }
    dialog.close();
    swap(parts, url.href);
    if (!form.matches(".composer")) return;
    toEnd();
    box().focus();
  }).catch(() => complain(form, root.dataset.offline));
  form.ariaBusy = null;
}

async function copy(button, text) {
  await navigator.clipboard.writeText(text);
  button.classList.add("copied");
  announce(root.dataset.copied);
}

const ACTIONS = {
  "[data-go]": go,
  "[data-dialog]": (link) => open(link.href, question),
  "[data-close]": () => dialog.close(),
  "[data-edit]": (link) =>
    open(link.href, (form) => {
      const actions = link.closest("div");
      actions.before(form);
      actions.parentNode.classList.add("editing");
      actions.parentNode.querySelector("textarea").focus();
    }),
  "[data-copy]": (button) => copy(button, button.closest(".code-block").querySelector("code").textContent),
  // As it is shown, without the words of our own.
  "[data-copy-message]": (button) => {
    const body = button.closest("article").querySelector(".markdown");
    body.classList.add("copying");
    const text = body.innerText;
    body.classList.remove("copying");
    return copy(button, text);
  },
  "[data-continue]": (link) => {
    const { parent, content } = part("composer").elements;
    const [article, from] = [link.closest("article"), part("continues-from")];
    parent.value = link.dataset.continue;
    from.textContent = article.querySelector("h2").textContent;
    from.hash = article.id;
    hint().hidden = false;
    content.focus();
  },
  "#continues-cancel": () => {
    hint().hidden = true;
    setLeaf(path().dataset.leaf);
    box().focus();
  },
};

onclick = (event) => {
  if (event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
  for (const [selector, act] of Object.entries(ACTIONS)) {
    const found = event.target.closest(`main ${selector}, #conversation-dialog ${selector}`);
    if (!found) continue;
    event.preventDefault();
    Promise.resolve(act(found)).catch(() => found.href && location.assign(found.href));
  }
};

// The map's picture is hidden from who hears the page, so nothing in it takes the focus.
onmousedown = (event) => event.target.closest(".map a") && event.preventDefault();

onsubmit = (event) => {
  if (!event.target.matches("form[data-fetch]")) return;
  event.preventDefault();
  send(event.target, event.submitter);
};

onkeydown = ({ key, target }) => {
  if (key === "Escape") target.closest?.(".edit-form")?.querySelector("[data-go]").click();
};

oninput = ({ target }) => {
  if (target.matches(".composer textarea")) target.rows = Math.max(2, Math.min(12, target.value.split("\n").length));
};

// This event does not bubble.
addEventListener(
  "toggle",
  ({ target }) => {
    if (target === renaming()) target.querySelector("[name=title]").select();
    else if (target.matches("[data-rename]")) again();
  },
  true,
);
onpopstate = again;

function listen() {
  source = new EventSource(`${root.dataset.live}?after=${seen}`);
  const on = (name, act) =>
    source.addEventListener(name, ({ data, lastEventId }) => {
      seen = lastEventId || seen;
      act(data);
    });
  on("message", (html) => place(parse(html).firstElementChild));
  on("conversation", (html) => {
    const head = parse(html).firstElementChild;
    // With other rights there are other buttons everywhere.
    if (head.dataset.access !== part("conversation-header").dataset.access) again();
    else if (!renaming()) setHead(head);
  });
  on("gone", gone);
  source.onerror = () => {
    // Refused: the page knows why, or it is tried again.
    if (source.readyState === 2) setTimeout(() => again().then(() => path() && listen(), listen), 3000);
  };
}

document.body.classList.add("scripted");
seen = path().dataset.after;
if (!location.hash && !path().dataset.part) toEnd();
listen();
