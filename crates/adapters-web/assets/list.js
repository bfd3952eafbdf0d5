// The list as one types, scrolls and waits. Without this module its forms and links lead to pages that show the same.
import { announce, follow, fragment, keepPlace, parse, readPlace, request } from "./app.js";

const wide = matchMedia("(min-width: 56.25rem)");
const list = document.querySelector("[data-list]");
if (list && ("here" in list.dataset || wide.matches)) start(list);
else if (list) wide.addEventListener("change", () => start(list), { once: true });

function start(list) {
  const items = list.querySelector("[data-items]");
  const search = list.querySelector("[data-search]");
  const box = search.elements.q;
  const filters = [...list.querySelectorAll("[data-filter]")];
  const isPage = "here" in list.dataset;
  let filter = filters.find((link) => link.ariaCurrent)?.dataset.filter ?? "all";
  let [turn, timer, isFollowed, isPlaced] = [0, 0, false, false];

  const url = () => {
    const query = new URLSearchParams();
    if (filter !== "all") query.set("filter", filter);
    if (box.value.trim()) query.set("q", box.value);
    return `/conversations${query.size ? `?${query}` : ""}`;
  };

  async function ask(address) {
    const response = await request(address, { headers: { "Parlor-Fragment": "list" } });
    if (response.status === 401) location.reload();
    if (!response.ok) throw Object.assign(new Error(), { status: response.status });
    return fragment(response);
  }

  const entries = () => [...items.querySelectorAll("[data-id]")];
  const more = () => items.querySelector(".list-more");

  function settle() {
    const isEmpty = !items.querySelector("[data-id]") && !more();
    const kind = box.value.trim() ? "search" : filter;
    for (const text of list.querySelectorAll("[data-empty]")) text.hidden = !isEmpty || text.dataset.empty !== kind;
    for (const entry of items.querySelectorAll("a")) {
      if (entry.pathname === location.pathname) entry.ariaCurrent = "page";
    }
    if (more()) watcher.observe(more());
  }

  // The first page of what is wanted now, in place of what is there.
  async function load(speak) {
    const mine = ++turn;
    list.ariaBusy = "true";
    try {
      const content = await ask(url());
      if (mine !== turn) return;
      const told = content.querySelector("[data-told]");
      told?.remove();
      items.replaceChildren(content);
      if (isPage) history.replaceState(null, "", url());
      if (speak && told) announce(told.textContent);
      settle();
    } catch ({ status }) {
      // A refusal is a page of its own. That no answer came, the page says itself.
      if (status && mine === turn && speak) search.requestSubmit();
    } finally {
      if (mine === turn) list.ariaBusy = "false";
    }
  }

  // The next page, after what is there.
  let extending;
  function extend(link) {
    if (!link.ariaBusy) extending = append(link);
    return extending;
  }

  async function append(link) {
    const mine = turn;
    link.ariaBusy = "true";
    try {
      const content = await ask(link.href);
      if (mine !== turn || !link.isConnected) return;
      const hadFocus = link === document.activeElement;
      content.querySelector("[data-told]")?.remove();
      for (const entry of content.querySelectorAll("[data-id]")) document.getElementById(entry.id)?.remove();
      const first = content.querySelector("a");
      link.closest("li").replaceWith(content);
      if (hadFocus) first?.focus({ preventScroll: true });
      settle();
    } catch {
      link.ariaBusy = null;
    }
  }

  // What scrolls: the list itself where there is room for something beside it, and else the page.
  const isBeside = () => wide.matches;
  const scroller = () => (isBeside() ? (list.closest(".sidebar") ?? list) : document.documentElement);
  // Where an entry is in what scrolls.
  const edge = () => (isBeside() ? scroller().getBoundingClientRect().top : 0);
  const offset = (entry) => entry.getBoundingClientRect().top - edge();

  // How long the list is, and which entry is the first in sight, and where: others may come before it.
  function place() {
    const first = entries().find((entry) => entry.getBoundingClientRect().bottom > edge());
    const top = scroller().scrollTop;
    return { shown: entries().length, top, first: top ? first?.id : null, offset: first && offset(first) };
  }

  // As long as it was when the user left it, and scrolled as it was.
  async function restore({ shown = 0, top = 0, first, offset: was } = {}) {
    let count = entries().length;
    const isShort = count < shown;
    while (count < shown && more()) {
      await extend(more().querySelector("a"));
      if (entries().length <= count) break;
      count = entries().length;
    }
    // The browser itself knows how far a page was scrolled that is as long as it was.
    if (!top || !(isShort || isBeside())) return;
    const entry = document.getElementById(first);
    scroller().scrollTop = entry ? scroller().scrollTop + offset(entry) - was : top;
  }

  // Beside a conversation: the list as the page before had it, with this conversation in sight.
  async function resume() {
    const { filter: kept, q, ...was } = readPlace() ?? {};
    if (kept && filters.some((link) => link.dataset.filter === kept)) choose(kept);
    if (q) box.value = q;
    const loading = load();
    const mine = turn;
    await loading;
    if (mine === turn) await restore(was);
    const current = items.querySelector("[aria-current]");
    if (mine !== turn || !current) return;
    // Only the list is scrolled, and not the conversation.
    const { top, bottom } = current.getBoundingClientRect();
    const [before, after] = [top - edge(), bottom - edge() - scroller().clientHeight];
    if (before < 0 || after > 0) scroller().scrollTop += before < 0 ? before : after;
  }

  function choose(kind) {
    filter = kind;
    for (const link of filters) link.ariaCurrent = link.dataset.filter === kind ? "true" : null;
  }

  const watcher = new IntersectionObserver((seen) => {
    for (const { isIntersecting, target } of seen) {
      if (isIntersecting) extend(target.querySelector("a"));
    }
  });

  // An entry comes to where its activity puts it.
  function put(entry) {
    const old = document.getElementById(entry.id);
    const { order } = entry.dataset;
    const next = entries().find((other) => other !== old && other.dataset.order < order);
    if (!old && box.value.trim()) return later();
    if (!old && !next && more()) return;
    const place = next ?? more();
    const hadFocus = old?.contains(document.activeElement);
    // What happens says nothing of where a search found something.
    if (old && box.value.trim() && !entry.querySelector(".list-excerpt")) {
      const excerpt = old.querySelector(".list-excerpt");
      entry.querySelector("a").href = old.querySelector("a").href;
      if (excerpt) entry.querySelector("a").append(excerpt.cloneNode(true));
    }
    if (old?.dataset.order !== order) entry.classList.add("arrived");
    if (old && (box.value.trim() || old.nextElementSibling === place)) {
      old.replaceWith(entry);
    } else {
      old?.remove();
      items.insertBefore(entry, place);
    }
    if (hadFocus) entry.querySelector("a").focus({ preventScroll: true });
    settle();
  }

  function later() {
    clearTimeout(timer);
    timer = setTimeout(load, 400);
  }

  // What happened while nobody told: the first page says.
  async function refresh() {
    const mine = turn;
    const content = await ask(url());
    if (mine !== turn) return;
    const fresh = [...content.querySelectorAll("[data-id]")];
    const ids = fresh.map((entry) => entry.id);
    const oldest = content.querySelector(".list-more") ? (fresh.at(-1)?.dataset.order ?? "~") : "";
    for (const entry of entries()) {
      if (!ids.includes(entry.id) && entry.dataset.order >= oldest) entry.remove();
    }
    fresh.forEach(put);
    settle();
  }

  const EVENTS = {
    opened({ gap }) {
      // Something may have happened since the page was made, too. What a search found stays as it was.
      if (gap && (isFollowed || !box.value.trim())) refresh().catch(() => {});
      isFollowed = true;
    },
    changed: ({ html }) => put(parse(html).firstElementChild),
    removed({ id }) {
      document.getElementById(`listed-${id}`)?.remove();
      settle();
    },
  };
  const topic = () => `list:${filter}`;

  // Also while a syllable is being composed.
  box.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(load, 180, true);
  });
  search.addEventListener("submit", (event) => {
    if (!event.submitter) return;
    event.preventDefault();
    load(true);
  });
  list.addEventListener("click", (event) => {
    const link = event.target.closest("[data-filter], .list-more a");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    if (!link.dataset.filter) return void extend(link);
    choose(link.dataset.filter);
    load(true);
    source.change(topic());
  });

  let settled;
  if (isPage) {
    settle();
    settled = restore(history.state ?? {});
  } else settled = resume();
  settled.then(() => (isPlaced = true));
  addEventListener("pagehide", () => {
    if (!isPlaced) return;
    const now = place();
    if (isPage) history.replaceState(now, "");
    keepPlace({ ...now, filter, q: box.value });
  });
  const source = follow(topic(), "0", (event) => EVENTS[event.is]?.(event));
}
