/* Keyboard shortcuts of the item page. Each key does what a visible control does, by using that control. */

const root = document.documentElement;
let armed = false; // X was pressed: the next letter or digit strikes out

const off = () => {
  try { return (localStorage.getItem("shortcuts") ?? root.dataset.shortcuts) === "off"; } catch { return false; }
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
  const pair = document.querySelectorAll("#answer-form .pair select")[index];
  if (pair) {
    pair.focus();
    return true;
  }
  const input = document.querySelectorAll("#answer-form input[name=option]")[index];
  if (!input || input.disabled) return false;
  input.focus();
  input.click();
  return true;
}

function strike(row) {
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
  const index = indexOf(key);
  if (index >= 0) {
    if (!armed) return choose(index);
    armed = false;
    return strike(document.querySelectorAll("#answer-form .option")[index]);
  }
  if (key === "x") {
    const row = document.activeElement.closest?.(".option") ?? document.querySelector(".option:hover");
    if (row) return strike(row);
    armed = Boolean(document.querySelector("#answer-form .option"));
    if (armed) say("Strike out which option?");
    return armed;
  }
  armed = false;
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
  if (document.querySelector("dialog[open]")) return;
  const target = event.target;
  if (target.matches("textarea, [contenteditable], input:not([type=radio], [type=checkbox])")) return;
  if (target.closest("[data-no-keys]") && event.key !== "?" && target.matches("input")) return;
  if (target.matches("select") && event.key !== "Enter") return; // letters choose inside a select
  if (off()) return;
  if (event.key === "Enter" && target.matches("a, button, summary, select")) return;
  if (act(event.key.toLowerCase())) event.preventDefault();
});

/* The switch in the help dialog holds on this device. */
document.addEventListener("change", (event) => {
  if (!event.target.matches("[data-shortcuts-switch]")) return;
  try { localStorage.setItem("shortcuts", event.target.checked ? "on" : "off"); } catch { /* lasts for this page */ }
  root.dataset.shortcuts = event.target.checked ? "on" : "off";
});
const mirror = () => {
  for (const box of document.querySelectorAll("[data-shortcuts-switch]")) box.checked = !off();
};
document.addEventListener("htmx:afterSettle", mirror);
mirror();
