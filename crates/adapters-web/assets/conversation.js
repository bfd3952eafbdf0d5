// A conversation as it happens: answers grow, others' messages come, and forms are sent without leaving the page. Without this module
// every link and form leads to a page that does the same.
import {
  announce,
  follow,
  fragment,
  insist,
  joined,
  keepDraft,
  newKey,
  parse,
  pause,
  placeToasts,
  readDraft,
  request,
  restoreDrafts,
  showUnsent,
} from "./app.js";
import { copy } from "./copy.js";

const part = (id) => document.getElementById(id);
const [root, dialog, page] = [part("conversation"), part("conversation-dialog"), document.documentElement];
// Articles that come while a page is on its way, for each page: it may be older than they are.
const queues = new Set();
// Siblings of what is shown whose coming was seen.
const known = {};
// Answers that are being written: where each is in the page, and its HTML as far as it was sent.
const writing = new Map();
// Prompts that are stored, and wait for being shown.
const awaited = new Map();
// What was asked without an answer: how the page sees that it happened nevertheless, and what it does then, or once it has seen that it did not.
const doubts = new Set();
const { id } = root.dataset;
const base = `/conversations/${id}`;
let source;
// Whether the page stays at its end as it grows, and where it was scrolled to last.
let [following, scrolled] = [true, scrollY];

const see = (it) => it.scrollIntoView({ block: "nearest" });
const atEnd = () => scrollY + innerHeight >= page.scrollHeight - 2;
const toEnd = () => following && scrollTo(0, page.scrollHeight);
// What is shown: the address may name no branch, and another one may be the newest by now.
const shown = () => {
  const { leaf, part } = path()?.dataset ?? {};
  return leaf && !part ? `${base}?at=${leaf}` : location.href;
};
// That as it is now. Where no answer comes, the page says so.
const again = () => load(shown()).catch(() => {});
const path = () => part("path");
const box = () => part("composer-content");
const hint = () => part("continues");
const renaming = () => root.querySelector("[data-rename][open]");

const headers = { "Parlor-Fragment": "conversation" };

// Asks for a part of a page; what comes meanwhile is put into it when it is there.
async function ask(url, { quiet, ...options }, show) {
  const queue = [];
  queues.add(queue);
  try {
    // Who sends a form is told where the form is.
    const response = await request(url, { headers, ...options }, 15, !quiet && !options.method, !quiet);
    if (response.status === 401) return location.reload();
    return await show(response, await fragment(response));
  } finally {
    queues.delete(queue);
    queue.forEach((article) => place(article, true));
  }
}

// Answers whether the page shows what came.
function load(url, push, quiet) {
  const { href } = location;
  return ask(url, { quiet }, (response, parts) => {
    // The user may have gone elsewhere meanwhile.
    if (!push && href !== location.href) return false;
    if (response.ok) swap(parts, push && url);
    else if (response.status === 404) gone(parts.querySelector("p").textContent);
    return response.ok;
  });
}

const open = (url, show) =>
  ask(url, {}, (response, parts) => (response.ok ? show(parts) : location.assign(url)));

// Nothing of the conversation stays but what one typed oneself, and ways on.
function gone(text) {
  source?.stop();
  document.querySelectorAll("dialog").forEach((it) => it.remove());
  document.title = text;
  root.className = "column narrow empty";
  root.replaceChildren(part("gone").content.cloneNode(true));
  doubts.clear();
  placeToasts();
  root.querySelector("h1").textContent = text;
  // Access may come back; what was deleted does not.
  const again = root.querySelector("[data-unless]");
  if (again.dataset.unless === text) again.remove();
  showUnsent(root, id);
  announce(text);
}

function setLeaf(leaf) {
  path().dataset.leaf = leaf;
  for (const input of root.querySelectorAll("input[data-leaf]")) input.value = leaf;
  root.querySelector("[data-map]").search = leaf && `?leaf=${leaf}`;
  if (hint()?.hidden) part("composer").elements.parent.value = leaf || "root";
  setSend();
}

// Nothing follows an answer that is being written; what is typed meanwhile stays.
const waits = (form) => part(`m-${form.elements.parent?.value}`)?.hasAttribute("data-writing") ?? false;
function setSend() {
  const form = part("composer");
  if (form) form.querySelector(".composer-row .primary").disabled = waits(form);
}

// What is above, anew: a menu stays open, and the focus where it was.
function setHead(head) {
  const { id } = document.activeElement;
  const menu = root.querySelector(".menu[open]")?.id;
  part("conversation-header").replaceWith(head);
  part(menu)?.setAttribute("open", "");
  part(id)?.focus({ preventScroll: true });
  document.title = `${head.dataset.title} – Parlor`;
  setLeaf(path().dataset.leaf);
}

// A title that was sent without an answer is not typed any more once it is the title.
function closeRename({ dataset }) {
  const form = renaming()?.querySelector("form[data-lost]");
  if (form?.elements.title.value.trim() === dataset.title) renaming().open = false;
}

// Makes of what is there what came: text grows in place, so that what is selected and how far code is scrolled stay.
function morph(parent, olds, news) {
  news.forEach((fresh, place) => {
    const old = olds[place];
    if (!old) return parent.append(fresh);
    if (old.isEqualNode(fresh)) return;
    if (old.nodeName !== fresh.nodeName) return old.replaceWith(fresh);
    if (old.nodeType === Node.TEXT_NODE) {
      const { length } = old.data;
      if (fresh.data.startsWith(old.data)) old.appendData(fresh.data.slice(length));
      else old.data = fresh.data;
      return;
    }
    for (const { name } of [...old.attributes]) if (!fresh.hasAttribute(name)) old.removeAttribute(name);
    for (const { name, value } of fresh.attributes) if (old.getAttribute(name) !== value) old.setAttribute(name, value);
    morph(old, [...old.childNodes], [...fresh.childNodes]);
  });
  olds.slice(news.length).forEach((old) => old.remove());
}

const body = (article) => article?.querySelector(".markdown");
const articles = () => [...root.querySelectorAll("article.message")];

function doubt(happened, act, undone) {
  doubts.add({ happened, act, undone });
  settle();
}

// Finds out what became of what was asked without an answer, as soon as the service answers again. What has not happened by then may
// still happen, and is then seen as before.
let verifying;
async function verify() {
  const mine = (verifying = {});
  for (let wait = 1000; mine === verifying; wait = Math.min(30_000, 2 * wait)) {
    const open = [...doubts].filter((it) => it.undone);
    if (!open.length) return;
    if (!document.hidden && (await load(shown(), false, true).catch(() => {}))) {
      for (const it of open) {
        if (doubts.has(it)) it.undone();
        it.undone = null;
      }
      continue;
    }
    await pause(wait);
  }
}

function settle(article) {
  const shown = [article, ...articles()].filter(Boolean);
  for (const it of doubts) {
    const found = shown.find(it.happened);
    if (!found && !it.happened()) continue;
    doubts.delete(it);
    it.act(found);
  }
}

// How the page sees that what a form asks has happened: as of now it has not.
function sight(form) {
  const { version } = part("conversation-header").dataset;
  const [, message, what] = form.action.match(/\/messages\/([^/]+)\/(\w+)$/) ?? [];
  if (what === "stop") return (it) => it?.dataset.message === message && !it.ariaBusy;
  const { parent } = part(`m-${message}`)?.dataset ?? {};
  const before = articles();
  const versions = () => part(`m-${message}`)?.querySelector(".siblings > span:not([aria-hidden])")?.textContent;
  const then = versions();
  if (message) return (it) => (it ? it.dataset.parent === parent && before.every(({ id }) => id !== it.id) : versions() !== then);
  // Others may have changed something else meanwhile.
  const head = () => part("conversation-header");
  const [title, privacy] = [form.elements.title?.value.trim(), form.elements.privacy?.value];
  if (title) return (it) => !it && head().dataset.title === title;
  if (privacy) return (it) => !it && part("privacy-toggle")?.form.elements.privacy.value !== privacy;
  return (it) => !it && head().dataset.version !== version;
}

// A message that is new, or ended, or an answer of which there was none yet.
function receive(article) {
  const { message } = article.dataset;
  const old = part(article.id);
  if (article.ariaBusy) writing.set(message, { node: body(old?.ariaBusy ? old : article), html: "" });
  else writing.delete(message);
  for (const queue of queues) queue.push(article.cloneNode(true));
  place(article);
  settle(article);
}

// More of an answer: the blocks before its last ones stay as they are.
function grow({ message, keep, blocks, base: from, html }) {
  const answer = writing.get(message);
  if (!answer) return;
  answer.html = answer.html.slice(0, keep) + html;
  morph(answer.node, [...answer.node.children].slice(blocks), [...parse(answer.html.slice(from)).children]);
  if (answer.node.isConnected) toEnd();
}

// More of what the model thinks before it answers.
function think({ message, text }) {
  part(`m-${message}`)?.querySelector("[data-reasoning]")?.lastElementChild.append(text);
}

// Puts an article where it belongs, or finds out what its coming changes.
function place(article, isReplay) {
  const old = part(article.id);
  if (!path()) return;
  const { announce: words, parent, message } = article.dataset;
  const [wrote, writes] = [old, article].map((it) => it?.ariaBusy);
  if (wrote && writes) {
    if (!isReplay) morph(body(old), [...body(old).children], [...body(article).children]);
    // The first of its thoughts; more of them come by themselves.
    const [shown, thoughts] = [old, article].map((it) => it.querySelector("[data-reasoning]"));
    if (!shown && thoughts) body(old).before(thoughts);
  } else if (old) {
    if (old.querySelector("form.edit-form")) return;
    if (isReplay && writes) return;
    const focused = old.contains(document.activeElement);
    if (wrote) announce(words);
    morph(old.parentNode, [old], [article]);
    if (writes) writing.get(message).node = body(old);
    if (focused && !old.contains(document.activeElement)) box()?.focus({ preventScroll: true });
  } else if (parent === path().dataset.leaf && !path().dataset.part) {
    if (writing.has(message)) body(article).replaceWith(writing.get(message).node);
    path().querySelector("[data-empty]")?.remove();
    path().append(article);
    const waiting = path().querySelector(".pending");
    if (waiting) path().append(waiting);
    setLeaf(message);
    announce(words);
  } else if (!parent || part(`m-${parent}`)) {
    // A sibling of what is shown: once the navigators tell of it, its growth changes nothing here.
    known[message] ??= again();
    return;
  }
  awaited.get(message)?.();
  setSend();
  toEnd();
}

// Shows what came in place of what is there; what somebody is typing stays.
function swap(parts, url) {
  const waiting = path().querySelector(".pending");
  for (const [message, { node }] of writing) {
    const fresh = parts.getElementById(`m-${message}`);
    if (fresh?.ariaBusy) body(fresh).replaceWith(node);
  }
  if (waiting) parts.getElementById("path").append(waiting);
  const foot = parts.getElementById("conversation-footer");
  const focused = document.activeElement.id;
  if (part("conversation-footer").dataset.kind !== foot.dataset.kind) {
    part("conversation-footer").replaceWith(foot);
    restoreDrafts(foot);
    placeToasts();
    growing.observe(foot);
    if (!box()) showUnsent(foot, id);
  } else part("goes-on")?.replaceWith(foot.querySelector("#goes-on"));
  part("notices").replaceChildren(...unanswered(), ...parts.getElementById("notices").childNodes);
  path().replaceWith(parts.getElementById("path"));
  if (hint() && !part(`m-${part("composer").elements.parent.value}`)) hint().hidden = true;
  const head = parts.getElementById("conversation-header");
  closeRename(head);
  if (!renaming()) setHead(head);
  setLeaf(path().dataset.leaf);
  if (url && url !== location.href) history.pushState(null, "", url);
  if (document.activeElement.id !== focused) part(focused)?.focus({ preventScroll: true });
  settle();
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
  following = atEnd();
  const links = [...article.querySelectorAll(".siblings a")];
  (links.find((it) => it.ariaLabel === link.ariaLabel) ?? links[0] ?? article).focus({ preventScroll: true });
}

function question(parts) {
  const menu = part("head-menu");
  if (menu?.open) {
    menu.open = false;
    part("head-more").focus({ preventScroll: true });
  }
  dialog.replaceChildren(parts);
  if (!dialog.open) dialog.showModal();
}

const untell = () => root.querySelectorAll(".told").forEach((old) => old.remove());
// What is told of what was asked without an answer stays until it is known to be done, is closed, or something else is asked.
const unanswered = () => part("notices").querySelectorAll("[data-unanswered], .notice:has(form[data-lost])");

// What went wrong, where it went wrong.
function complain(form, what) {
  const told = document.createElement("div");
  told.className = "told";
  told.role = "alert";
  told.append(what);
  untell();
  if (typeof what === "string") {
    const close = document.createElement("button");
    Object.assign(close, { type: "button", className: "icon-button", ariaLabel: root.dataset.closeLabel, textContent: "×" });
    close.dataset.dismiss = "";
    told.append(close);
    told.dataset.unanswered = told.dataset.offline = "";
  }
  (form?.matches(".composer") ? form : part("notices"))?.prepend(told);
  dialog.close();
  see(told);
  return told;
}

// Says in its place that it is known by now not to be done.
const retell = (told, text) => () => {
  told.firstChild.data = text;
  delete told.dataset.offline;
};

// A prompt in the page before it is stored.
function pend(content) {
  const it = document.createElement("div");
  const [text, state] = [document.createElement("p"), document.createElement("p")];
  it.className = "message prompt pending";
  [text.className, text.textContent] = ["pending-text", content];
  [state.className, state.textContent] = ["message-state writing", root.dataset.sending];
  it.append(text, state);
  path().append(it);
  return { it, says: (words) => (state.textContent = words) };
}

// Sends a prompt. What was typed comes back if it is not stored, before what was typed since.
async function prompt(sent, form) {
  const { content, parent, model, key } = sent;
  const body = new URLSearchParams({ csrf: part("composer").elements.csrf.value, content, parent, model, key });
  const isNext = parent === (path().dataset.leaf || "root") && !path().dataset.part;
  const waiting = pend(content);
  const before = articles();
  const happened = (it) =>
    it?.matches(".prompt") &&
    it.dataset.parent === parent.replace("root", "") &&
    it.querySelector("[data-source]").textContent.trim() === content.trim() &&
    before.every((old) => old.id !== it.id);
  let [why, seen] = [root.dataset.unknown];
  following = true;
  toEnd();
  keepDraft(id, { sent });
  const settled = () => {
    keepDraft(id, { sent: null, lost: null });
    if (form) drop(form);
  };
  try {
    const answered = new Promise((done) => {
      const check = () => {
        waiting.says(root.dataset.checking);
        doubt(happened, (it) => done((seen = [null, it])));
      };
      insist(`${base}/messages`, { headers, body }, check, () => seen).then(done, () => done(seen ?? []));
    });
    const [response, parts] = await answered;
    if (seen) {
      settled();
      if (!isNext) await load(`${location.origin}${base}?at=${parts.dataset.message}`, true).catch(() => {});
      return;
    }
    if (!response) throw new Error();
    const stored = parts.querySelector("[data-stored]")?.dataset.stored;
    if (stored) {
      settled();
      untell();
      // It is stored, whatever becomes of showing it.
      await appear(stored, isNext).catch(() => {});
      return;
    }
    if (response.status < 500) why = parts;
    const is = { signedOut: response.status === 401, absent: response.status === 404 };
    back(sent, form, response.status < 500 ? null : sent);
    if (is.signedOut) return location.reload();
    if (is.absent) return gone(parts.querySelector("p").textContent);
  } catch {
    back(sent, form, sent);
  } finally {
    waiting.it.remove();
  }
  const told = complain(form ?? part("composer"), why);
  if (why !== root.dataset.unknown) return;
  const stored = () => {
    told.remove();
    settled();
    if (form || box().value !== content) return;
    box().value = "";
    keepDraft(id, { text: null });
  };
  // A new branch may be stored where the page does not show it.
  doubt(happened, stored, !form && isNext && retell(told, root.dataset.unstored));
  verify();
}

// The text of a prompt that is not stored, as far as is known; `lost` where that is not known.
function back({ content }, form, lost) {
  const field = form ? null : box();
  const text = form ? readDraft(id).text : joined(content, field?.value);
  if (field) field.value = text;
  keepDraft(id, { sent: null, lost, text });
}

// Waits until a stored prompt is shown: the stream brings it.
async function appear(answer, isNext) {
  if (isNext && !part(`m-${answer}`)) {
    await Promise.race([new Promise((shown) => awaited.set(answer, shown)), pause(2000)]);
    awaited.delete(answer);
  }
  if (!part(`m-${answer}`)) await load(`${location.origin}${base}?at=${answer}`, true);
  else if (/[?&](leaf|before)=/.test(location.search)) history.replaceState(null, "", base);
  toEnd();
}

function submitPrompt(form) {
  const { content, parent, model, key } = form.elements;
  const sent = { content: content.value, parent: parent.value, model: model?.value ?? "", key: key.value };
  const { lost } = readDraft(id);
  // The same again, of which nobody knows whether it is stored.
  if (["content", "parent", "model"].every((it) => lost?.[it] === sent[it])) sent.key = lost.key;
  key.value = newKey();
  if (form.id !== "composer") {
    content.readOnly = true;
    return prompt(sent, form).finally(() => (content.readOnly = false));
  }
  content.value = "";
  content.rows = 2;
  hint().hidden = true;
  setLeaf(path().dataset.leaf);
  keepDraft(id, { text: null });
  content.focus();
  return prompt(sent);
}

// The draft of a form that is not needed any more.
const drop = (form) => keepDraft(form.elements.content.dataset.draft, { text: null });

async function send(form, submitter) {
  if (form.ariaBusy) return;
  const { content } = form.elements;
  if (content && (!content.value.trim() || (form.id === "composer" && waits(form)))) return content.focus();
  form.ariaBusy = "true";
  if (submitter) submitter.ariaBusy = "true";
  // What was told before is not about what is asked now.
  untell();
  for (const notice of [...part("notices").children]) if (!notice.contains(form)) notice.remove();
  const happened = sight(form);
  try {
    if (form.matches(".composer")) await submitPrompt(form);
    else await submit(form, submitter);
  } catch {
    // Whether it was done is in the page.
    const told = complain(form, root.dataset.offline);
    form.dataset.lost = "";
    const done = () => [told, form.closest(".notice")].forEach((it) => it?.remove());
    doubt(happened, done, retell(told, root.dataset.undone));
    verify();
  }
  form.ariaBusy = null;
  if (submitter) submitter.ariaBusy = null;
}

async function submit(form, submitter) {
  const body = new URLSearchParams(new FormData(form, submitter));
  const { key } = form.elements;
  const show = async (response, parts) => {
    const url = new URL(response.url);
    const { stored } = parts.querySelector("[data-stored]")?.dataset ?? {};
    if (!response.ok) return complain(form, parts);
    untell();
    if (stored) return part(`m-${stored}`) || load(`${location.origin}${base}?at=${stored}`, true);
    if (!response.redirected) return question(parts);
    if (url.pathname !== location.pathname) return location.assign(url);
    const rename = form.closest("[data-rename]");
    if (rename) {
      rename.open = false;
      rename.querySelector("summary").focus({ preventScroll: true });
    }
    dialog.close();
    swap(parts);
  };
  if (!key) return ask(form.action, { method: "POST", body }, show);
  const [response, parts] = await insist(form.action, { headers, body });
  if (response.status === 401) return location.reload();
  // Where it is not known whether it was done, the same again is the same.
  if (response.status < 500) key.value = newKey();
  await show(response, parts);
}

const ACTIONS = {
  "[data-go]": (link) => {
    const form = link.closest(".edit-form");
    if (form) drop(form);
    return go(link);
  },
  "[data-dialog]": (link) => open(link.href, question),
  "[data-close]": () => dialog.close(),
  "[data-dismiss]": (button) => button.closest(".told").remove(),
  "[data-edit]": (link) =>
    open(link.href, (form) => {
      const actions = link.closest("div");
      restoreDrafts(form);
      actions.before(form);
      actions.parentNode.classList.add("editing");
      actions.parentNode.querySelector("textarea").focus();
    }),
  "[data-copy]": (button) => copy(button, button.closest(".code-block").querySelector("code").textContent.replace(/\n$/, ""), root.dataset),
  "[data-copy-message]": (button) => copy(button, button.closest("article").querySelector("[data-source]").textContent, root.dataset),
  "[data-continue]": (link) => {
    const { parent, content } = part("composer").elements;
    const [article, from] = [link.closest("article"), part("continues-from")];
    parent.value = link.dataset.continue;
    from.textContent = article.querySelector("h2").textContent;
    from.hash = article.id;
    hint().hidden = false;
    setSend();
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
onpopstate = () => load(location.href).catch(() => {});

onscroll = () => {
  if (atEnd()) following = true;
  else if (scrollY < scrolled) following = false;
  scrolled = scrollY;
};
onwheel = ({ deltaY }) => {
  if (deltaY < 0 && scrollY > 0) following = false;
};

const EVENTS = {
  message: ({ html }) => receive(parse(html).firstElementChild),
  growth: grow,
  thought: think,
  conversation: ({ html }) => {
    const head = parse(html).firstElementChild;
    // With other rights there are other buttons everywhere.
    closeRename(head);
    if (head.dataset.access !== part("conversation-header").dataset.access) again();
    else if (!renaming()) {
      // What was told of another version is no longer so.
      if (head.dataset.version !== part("conversation-header").dataset.version) part("notices").replaceChildren(...unanswered());
      setHead(head);
      settle();
    }
  },
  // The service answers again.
  opened: ({ gap }) => gap && verify(),
  gone: ({ text }) => gone(text),
};

// What takes room at the end of the page covers nothing of what is read there.
const growing = new ResizeObserver(toEnd);
growing.observe(part("conversation-footer"));

// A form led here that was not sent by this module, and was refused: its address cannot be asked again, and what is told stays.
if (location.pathname !== base) {
  history.replaceState(null, "", base);
  for (const notice of part("notices").children) notice.dataset.unanswered = "";
}
document.body.classList.add("scripted");
setLeaf(path().dataset.leaf);
following = !location.hash && !path().dataset.part;
toEnd();
const ready = path().dataset.after ? Promise.resolve() : again();
ready.then(() => {
  if (path()) source = follow(id, path().dataset.after, (event) => EVENTS[event.is]?.(event));
});
// It was being sent when the page was left.
const { sent } = readDraft(id);
if (sent && box()) prompt(sent);
else if (!box()) showUnsent(part("conversation-footer"), id);
