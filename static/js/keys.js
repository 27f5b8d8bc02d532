/* Keyboard shortcuts of the item page. Each key does what a visible control does, by using that control. */

const root = document.documentElement;
let armed = false; // X was pressed: the letter or digit that comes next strikes out, another X what is in focus

const off = () => {
  try { return (localStorage.getItem("shortcuts") ?? root.dataset.shortcuts) === "off"; } catch { return false; }
};
const isOpen = (select) => { // a list that is open has the keys to itself
  try { return select.matches(":open"); } catch { return false; }
};
const say = (text) => {
  const live = document.getElementById("live");
  if (live) live.textContent = text;
};

function indexOf(key) {
  if (/^[1-6]$/.test(key)) return Number(key) - 1;
  return /^[a-e]$/.test(key) ? key.charCodeAt(0) - 97 : -1; // the sixth is 6: F flags
}

function choose(index) {
  const ordering = document.querySelector("[data-ordering]");
  if (ordering) {
    ordering.dispatchEvent(new CustomEvent("pick", { detail: index }));
    return true;
  }
  const input = document.querySelectorAll("#answer-form input[name=option]")[index];
  if (!input || input.disabled) return false;
  input.focus();
  input.click();
  return true;
}

/* Matching: a digit goes to that pair, a letter chooses for the pair in focus. */
function match(key) {
  const pairs = document.querySelectorAll("#answer-form .pair select");
  if (/^[1-9]$/.test(key)) {
    pairs[key - 1]?.focus();
    return Boolean(pairs[key - 1]);
  }
  const pair = document.activeElement.closest?.(".pair select");
  const index = /^[a-z]$/.test(key) ? key.charCodeAt(0) - 96 : 0; // the first says "Choose"
  if (!pair || !index || index >= pair.options.length) return false;
  pair.selectedIndex = index;
  pair.dispatchEvent(new Event("change", { bubbles: true }));
  say(pair.selectedOptions[0].text);
  return true;
}

function arm(wanted) {
  armed = wanted;
  document.getElementById("answer-form")?.toggleAttribute("data-strikes", wanted);
  return true;
}

function strike(row) {
  arm(false);
  const box = row?.querySelector("input[name=struck]");
  if (!box) return false;
  box.click();
  say(box.checked ? "Struck out" : "No longer struck out");
  return true;
}

function press(selector) {
  const control = document.querySelector(selector);
  if (!control || control.disabled) return false;
  control.click();
  return true;
}

/* Said once it holds, said again it no longer does. */
function sure(value) {
  const input = document.querySelector(`.confidence input[value=${value}]`);
  if (!input) return false;
  input.checked = !input.checked;
  input.dispatchEvent(new Event("change", { bubbles: true }));
  say(input.checked ? `Marked as ${value}` : `No longer marked as ${value}`);
  return true;
}

function act(key) {
  if (document.querySelector("#answer-form .pair") && match(key)) return true;
  const index = indexOf(key);
  if (index >= 0) {
    return armed ? strike(document.querySelectorAll("#answer-form .option")[index]) : choose(index);
  }
  if (key === "x" && armed) {
    const row = document.activeElement.closest?.(".option");
    if (!row) say("No option is in focus");
    return strike(row) || true;
  }
  if (key === "x") {
    if (!document.querySelector("#answer-form .option")) return false;
    say("Strike out which option? X again: the one in focus.");
    return arm(true);
  }
  if (key.length > 1 && key !== "enter" && key !== "escape") return false; // Tab, arrows, Shift
  const cancelled = armed && key === "escape";
  if (cancelled) say("");
  arm(false);
  if (cancelled) return true;
  if (key === "s") return sure("sure");
  if (key === "u") return sure("unsure");
  if (key === "m") return press("#bookmark");
  if (key === "f") return press("#flag");
  if (key === "n") return press("[data-next]");
  if (key === "p") return press("[data-previous]");
  if (key === "enter") return press("[data-primary]");
  if (key === "?") return press("[data-opens=help]");
  return false;
}

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.repeat || event.isComposing) return;
  const dialog = document.querySelector("dialog[open]");
  if (dialog) {
    if (event.key === "?" && dialog.id === "help") dialog.close();
    return;
  }
  const target = event.target;
  if (target.matches("textarea, [contenteditable], input:not([type=radio], [type=checkbox])")) return;
  if (target.closest("[data-no-keys]") && event.key !== "?" && target.matches("input")) return;
  if (target.matches("select") && (isOpen(target) || !target.closest(".pair"))) return; // it has keys of its own
  if (off() && event.key !== "?") return;
  if (event.key === "Enter" && target.matches("a, button, summary")) return;
  if (act(event.key.toLowerCase())) event.preventDefault();
});

/* The switch in the help dialog holds on this device. */
document.addEventListener("change", (event) => {
  if (!event.target.matches("[data-shortcuts-switch]")) return;
  try { localStorage.setItem("shortcuts", event.target.checked ? "on" : "off"); } catch { /* lasts for this page */ }
  root.dataset.shortcuts = event.target.checked ? "on" : "off";
});
const mirror = () => {
  root.dataset.shortcuts = off() ? "off" : "on";
  for (const box of document.querySelectorAll("[data-shortcuts-switch]")) box.checked = !off();
};
document.addEventListener("htmx:afterSettle", mirror);
mirror();
