// What every page has: times in the reader's own zone, the account menu, and what the other modules share.

const own = { createHTML: (html) => html };
const policy = globalThis.trustedTypes?.createPolicy("parlor", own) ?? own;
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

// Menus close when one goes elsewhere.
addEventListener("click", ({ target }) => {
  for (const menu of document.querySelectorAll("details[data-menu][open]")) menu.open = menu.contains(target);
});
addEventListener("keydown", ({ key, target }) => {
  const menu = key === "Escape" && target.closest?.("details[data-menu][open]");
  if (!menu) return;
  menu.open = false;
  menu.querySelector("summary").focus();
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
