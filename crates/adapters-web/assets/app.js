// What every page has: times in the reader's own zone, the account menu, and what the other modules share.

const policy = globalThis.trustedTypes?.createPolicy("parlor", { createHTML: (html) => html }) ?? { createHTML: (html) => html };
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

// Says it to who does not see it, even if it was said before.
export function announce(text) {
  const announcer = document.getElementById("announcer");
  announcer.textContent = "";
  setTimeout(() => (announcer.textContent = text), 60);
}

localize(document);

const menu = document.querySelector("details[data-menu]");
addEventListener("click", (event) => {
  if (menu?.open && !menu.contains(event.target)) menu.open = false;
});
menu?.addEventListener("keydown", (event) => {
  if (event.key !== "Escape" || !menu.open) return;
  menu.open = false;
  menu.querySelector("summary").focus();
});

// One sends what one typed by Enter, and goes to the next line by Shift and Enter; while characters are composed, Enter is theirs.
addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || event.shiftKey || event.isComposing || !event.target.matches?.("[data-submit-on-enter]")) return;
  event.preventDefault();
  event.target.form.requestSubmit();
});
