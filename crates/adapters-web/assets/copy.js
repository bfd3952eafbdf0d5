// Copies a text, and says beside the button whether it was copied.
import { announce } from "./app.js";

// Where there is no clipboard API, as over plain HTTP, or where it refuses.
function selected(text) {
  const field = document.createElement("textarea");
  field.value = text;
  field.className = "visually-hidden";
  document.body.append(field);
  field.select();
  const done = document.execCommand("copy");
  field.remove();
  return done;
}

export async function copy(button, text, { copied, notCopied }) {
  const written = await navigator.clipboard?.writeText(text).then(() => 1, () => 0);
  const words = written || selected(text) ? copied : notCopied;
  button.focus({ preventScroll: true });
  button.dataset.note = words;
  announce(words);
  setTimeout(() => button.removeAttribute("data-note"), 4000);
}
