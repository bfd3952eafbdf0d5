// What every page has: times in the reader's own zone, the account menu, drafts, and what the other modules share.
import { connect } from "./live.js";

const own = { createHTML: (html) => html, createScriptURL: (url) => url };
const policy = globalThis.trustedTypes?.createPolicy("parlor", own) ?? own;
const { user, session, worker, slow, lost, waiting } = document.body.dataset;
const language = document.documentElement.lang;
const formats = {
  full: new Intl.DateTimeFormat(language, { dateStyle: "medium", timeStyle: "short" }),
  time: new Intl.DateTimeFormat(language, { timeStyle: "short" }),
  day: new Intl.DateTimeFormat(language, { month: "short", day: "numeric" }),
  date: new Intl.DateTimeFormat(language, { dateStyle: "medium" }),
};

function short(at, now = new Date()) {
  if (at.toDateString() === now.toDateString()) return formats.time;
  return at.getFullYear() === now.getFullYear() ? formats.day : formats.date;
}

function localize(root) {
  for (const time of root.querySelectorAll("time[datetime]")) {
    const at = new Date(time.dateTime);
    if (Number.isNaN(at.valueOf())) continue;
    const format = time.dataset.time === "short" ? short(at) : formats.full;
    time.textContent = format.format(at);
    time.title = formats.full.format(at);
  }
}

// Markup of our own server as nodes; nothing else is ever turned into markup.
export function parse(html) {
  const template = document.createElement("template");
  template.innerHTML = policy.createHTML(html);
  localize(template.content);
  return template.content;
}

// What a request for a part of a page was answered.
export const fragment = async (response) => parse(await response.text());

const toasts = document.getElementById("toasts");

// Above the field for a prompt toasts take room of their own, so that they cover nothing. That field may have come or gone.
export function placeToasts() {
  const foot = document.querySelector(".conversation-foot");
  if (foot) foot.prepend(toasts);
  else document.body.append(toasts);
}

// A sentence at the edge of the page until it is no longer true.
function toast(name, text) {
  document.getElementById(`toast-${name}`)?.remove();
  if (!text) return;
  const it = document.createElement("p");
  Object.assign(it, { id: `toast-${name}`, className: "toast", role: "status", textContent: text });
  toasts.append(it);
}

// Asks the service, within a limit. The page says that it waits, and that no answer came, unless whoever asks tells it.
export async function request(url, options, seconds = 15, tells = true, waits = tells) {
  const timer = waits && setTimeout(toast, 2000, "request", waiting);
  try {
    const response = await fetch(url, { ...options, signal: AbortSignal.timeout(seconds * 1000) });
    toast("request");
    return response;
  } catch (error) {
    toast("request", tells && slow);
    throw error;
  } finally {
    clearTimeout(timer);
  }
}

export const pause = (time) => new Promise((done) => setTimeout(done, time));

// Sends what has a key until it is known what became of it: the service does it once, however often it is asked.
export async function insist(url, options, waits, isOver) {
  for (let attempt = 0; ; attempt += 1) {
    try {
      const response = await request(url, { method: "POST", ...options }, 10, false, !waits);
      // What stands between may have lost the answer.
      if (response.status < 500 || attempt === 4) return [response, await fragment(response)];
    } catch (error) {
      if (attempt === 4) throw error;
    }
    waits?.();
    await pause(500 * 2 ** attempt);
    if (isOver?.()) return [];
  }
}

let unkept;
// Keeps this page out of the browser's back/forward cache. There it would be frozen, and so would be its worker, with the stream open.
// Browsers keep no page that must not be stored (`no-store`, as all pages here) and that has fetched what must not be stored.
async function leaveNoCopy() {
  unkept ??= fetch("/live/unkept", { signal: AbortSignal.timeout(5000) });
  await unkept.catch(() => (unkept = null));
}

// Follows a topic from an event on, while the page is in sight: pages that nobody sees hold no connection.
export function follow(topic, after, act) {
  const stopped = new AbortController();
  const { signal } = stopped;
  let [port, isReady] = [];
  const join = (more) => isReady && port.postMessage(document.hidden ? null : { session, topic, after, ...more });
  const hear = ({ data }) => {
    if (signal.aborted) return;
    if (data.is === "ended") return location.reload();
    if (data.is === "lost" || data.is === "opened") toast("live", data.is === "lost" && lost);
    if (data.is === "opened") leaveNoCopy();
    // The service is reachable again.
    if (data.is !== "lost") toast("request");
    after = data.number ?? after;
    act(data);
  };
  const use = (it) => {
    port = it;
    port.onmessage = hear;
    join();
  };
  const alone = () => {
    const { port1, port2 } = new MessageChannel();
    connect(port2);
    use(port1);
  };
  if (globalThis.SharedWorker) {
    const shared = new SharedWorker(policy.createScriptURL(worker), { type: "module" });
    shared.onerror = alone;
    use(shared.port);
  } else alone();
  document.addEventListener("visibilitychange", () => join(), { signal });
  addEventListener("pagehide", () => port.postMessage(null), { signal });
  addEventListener("pageshow", ({ persisted }) => persisted && join(), { signal });
  leaveNoCopy().then(() => {
    isReady = !signal.aborted;
    join();
  });
  const timer = setInterval(() => document.hidden || join({ ping: true }), 20_000);
  return {
    change(other) {
      topic = other;
      join();
    },
    stop() {
      stopped.abort();
      clearInterval(timer);
      port.postMessage(null);
    },
  };
}

// What was typed and is not sent, for each conversation, in this tab and for this user alone.
const draftOf = (name) => `draft:${user}:${name}`;
export const readDraft = (name) => JSON.parse(sessionStorage.getItem(draftOf(name)) ?? "{}");

export function keepDraft(name, changes) {
  const draft = { ...readDraft(name), ...changes };
  if (Object.values(draft).some(Boolean)) sessionStorage.setItem(draftOf(name), JSON.stringify(draft));
  else sessionStorage.removeItem(draftOf(name));
}

// Where the list is in this tab: which one, how long, and how far it is scrolled.
const placeOf = () => `place:${user}:list`;
export const readPlace = () => JSON.parse(sessionStorage.getItem(placeOf()) ?? "null");
export const keepPlace = (place) => isForgotten || sessionStorage.setItem(placeOf(), JSON.stringify(place));

let isForgotten = false;
// Forgets what was typed and where the list was, of everybody but this user.
function forget(kept) {
  isForgotten = !kept;
  for (const name of Object.keys(sessionStorage)) {
    const [kind, whose] = name.split(":");
    if (["draft", "place"].includes(kind) && !(kept && whose === kept)) sessionStorage.removeItem(name);
  }
}

export const joined = (...texts) => texts.filter(Boolean).join("\n\n");

export const newKey = () => Array.from(crypto.getRandomValues(new Uint8Array(16)), (it) => it.toString(16).padStart(2, "0")).join("");

// Puts drafts back into the fields that they were typed in. What a browser restores by itself may have been sent.
export function restoreDrafts(root) {
  for (const field of root.querySelectorAll("[data-draft]")) {
    field.autocomplete = "off";
    const { text, key } = readDraft(field.dataset.draft);
    if (text) field.value = text;
    if (text && key) field.form.elements.key.value = key;
  }
}

// Shows the draft of a conversation in which nothing can be sent.
export function showUnsent(place, name) {
  const { text, sent } = readDraft(name);
  const unsent = joined(sent?.content, text);
  if (!unsent) return;
  const it = document.getElementById("unsent").content.cloneNode(true);
  it.querySelector("textarea").value = unsent;
  place.append(it);
}

// Says it to who does not see it, even if it was said before.
export function announce(text) {
  const announcer = document.getElementById("announcer");
  announcer.textContent = "";
  setTimeout(() => (announcer.textContent = text), 60);
}

localize(document);
placeToasts();

// Another user does not find what the one before typed in this tab; who signs out leaves nothing in any tab.
if (user) forget(user);
const signOuts = new BroadcastChannel("parlor-sign-out");
signOuts.onmessage = () => forget();
addEventListener("input", ({ target }) => {
  const { draft } = target.dataset ?? {};
  if (!draft) return;
  // Another text is not what was sent under that key.
  if (readDraft(draft).key) target.form.elements.key.value = newKey();
  keepDraft(draft, { text: target.value, key: null, left: null });
});
addEventListener("submit", ({ target, defaultPrevented }) => {
  if (target.getAttribute("action") === "/sign-out") {
    forget();
    signOuts.postMessage(null);
  }
  if (defaultPrevented || "fetch" in target.dataset) return;
  // What was told before is not about what is sent now.
  for (const notice of document.querySelectorAll("main .notice[role]")) if (!notice.contains(target)) notice.remove();
  const field = target.querySelector("[data-draft]");
  if (field) keepDraft(field.dataset.draft, { text: field.value, key: target.elements.key.value, left: true });
  if (target.method !== "post") return;
  target.ariaBusy = "true";
  setTimeout(toast, 4000, "sent", waiting);
});
if (user) {
  const isConversation = document.getElementById("conversation");
  const [, id] = location.pathname.match(/^\/conversations\/([^/]+)$/) ?? [];
  // The form of the list led here if its text is the first prompt: it is stored, and the user continues typing.
  const { left, text } = readDraft("new");
  const first = document.querySelector("article.prompt [data-source]")?.textContent;
  const plain = (it) => it?.replace(/\r\n?/g, "\n").trim();
  if (isConversation && left && (!text || plain(first) === plain(text))) {
    keepDraft("new", { text: null, key: null, left: null });
    document.getElementById("composer-content")?.focus({ preventScroll: true });
  }
  restoreDrafts(document);
  if (id && !isConversation) showUnsent(document.querySelector("main > div"), id);
}

// The link to a new conversation leads to the field for its first prompt.
const begin = () => location.hash === "#start-content" && document.getElementById("start-content")?.focus();
addEventListener("click", ({ target }) => target.closest?.("[data-begin]") && setTimeout(begin));
begin();

// Menus close when one goes elsewhere.
addEventListener("click", ({ target }) => {
  for (const menu of document.querySelectorAll("details[data-menu][open]")) menu.open = menu.contains(target);
});
addEventListener("keydown", ({ key, target }) => {
  const menu = key === "Escape" && target.closest?.("details[data-menu][open]");
  if (!menu) return;
  menu.open = false;
  menu.querySelector("summary").focus({ preventScroll: true });
});

// One sends what one typed by Enter, and goes to the next line by Shift and Enter; while characters are composed, Enter is theirs, and
// where one types on glass it ends a line.
addEventListener("keydown", (event) => {
  const { key, ctrlKey, metaKey, shiftKey, isComposing, keyCode, target } = event;
  if (key !== "Enter" || shiftKey || isComposing || keyCode === 229 || !target.matches?.("[data-submit-on-enter]")) return;
  if (matchMedia("(pointer: coarse)").matches && !ctrlKey && !metaKey) return;
  event.preventDefault();
  target.form.requestSubmit();
});
