/* The form of a question: shows what its type needs, keeps empty rows away, finds facts, and guards unsaved words.
   Without this file every field stands open and the form works the same. */

const form = document.querySelector("[data-item-form]");

const filled = (row) => [...row.querySelectorAll("input, textarea")].some(
  (field) => (field.type === "checkbox" ? field.checked : field.type !== "hidden" && field.value.trim()));

function kinds() {
  const kind = form.querySelector("[name=kind]:checked")?.value;
  if (!kind) return;
  for (const part of form.querySelectorAll("[data-for]")) {
    const holds = part.hasAttribute("data-keep-filled") && [...part.querySelectorAll("[data-row]")].some(filled);
    part.hidden = !part.dataset.for.split(" ").includes(kind) && !holds && !part.querySelector(".errorlist");
  }
}

/* Show the rows in use, at least as many as a usual question needs, and one more on demand. */
function rows(list, least) {
  const all = [...list.querySelectorAll("[data-row]")];
  const more = form.querySelector(`[data-more="${list.dataset.rows}"]`);
  const last = all.reduce((found, row, index) => (filled(row) || row.querySelector(".errorlist") ? index + 1 : found), 0);
  let shown = Math.max(last, least);
  const draw = () => {
    all.forEach((row, index) => { row.hidden = index >= shown; });
    more.hidden = shown >= all.length;
  };
  more.addEventListener("click", () => {
    shown += 1;
    draw();
    all[shown - 1].querySelector("textarea")?.focus();
  });
  draw();
}

/* One field above a long list of boxes that hides what does not match; ticked ones always stay. */
function finder(host) {
  const boxes = [...host.querySelectorAll(".check")];
  if (boxes.length < 12) return;
  const label = document.createElement("label");
  label.className = "field";
  const words = document.createElement("span");
  words.className = "help";
  words.textContent = "Find a fact";
  const field = document.createElement("input");
  field.type = "search";
  field.className = "input";
  label.append(words, field);
  host.querySelector(".checks").before(label);
  field.addEventListener("input", () => {
    const wanted = field.value.trim().toLowerCase().split(/\s+/);
    for (const box of boxes) {
      const text = `${box.textContent} ${box.querySelector("input").value}`.toLowerCase();
      box.hidden = !box.querySelector("input").checked && !wanted.every((word) => text.includes(word));
    }
  });
  field.addEventListener("keydown", (event) => { if (event.key === "Enter") event.preventDefault(); });
}

if (form) {
  for (const list of form.querySelectorAll("[data-rows=option]")) rows(list, 4);
  for (const list of form.querySelectorAll("[data-rows=prompt]")) rows(list, 3);
  for (const host of form.querySelectorAll("[data-filter]")) finder(host);
  form.addEventListener("change", (event) => { if (event.target.name === "kind") kinds(); });
  kinds();

  let touched = Boolean(document.querySelector("#problems, #meanwhile, #checked"));
  form.addEventListener("input", () => { touched = true; });
  form.addEventListener("submit", () => { touched = false; });
  addEventListener("beforeunload", (event) => { if (touched) event.preventDefault(); });
}
document.querySelector("#problems, #meanwhile, #checked")?.focus();
