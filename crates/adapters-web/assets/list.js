// The list as one types, scrolls and waits. Without this module its forms and links lead to pages that show the same.
import { announce, follow, fragment, parse, request } from "./app.js";

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
  let [turn, timer, isFollowed] = [0, 0, false];

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

  // As long as it was when the user left this page, and scrolled as it was.
  async function restore() {
    const { shown = 0, top = 0 } = history.state ?? {};
    let count = entries().length;
    const isShort = count < shown;
    while (count < shown && more()) {
      await extend(more().querySelector("a"));
      if (entries().length <= count) return;
      count = entries().length;
    }
    if (isShort) scrollTo(0, top);
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
    for (const other of filters) other.ariaCurrent = other === link ? "true" : null;
    filter = link.dataset.filter;
    load(true);
    source.change(topic());
  });

  if (isPage) {
    settle();
    restore();
    addEventListener("pagehide", () => history.replaceState({ shown: entries().length, top: scrollY }, ""));
  } else load();
  const source = follow(topic(), "0", (event) => EVENTS[event.is]?.(event));
}
