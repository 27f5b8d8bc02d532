/* Ordering items: a board of steps over one select a position. The selects stay in the form and carry the answer, so the
   page works the same without this file. Each step is placed, moved and taken back by buttons: no dragging needed. */

function board(host) {
  const selects = [...host.querySelectorAll("select")];
  const steps = [...selects[0].options].filter((option) => option.value).map((option) => ({
    id: option.value, letter: option.dataset.letter, text: option.dataset.text,
  }));
  const order = selects.map((select) => select.value).filter(Boolean);
  const root = document.createElement("div");
  root.className = "board";
  host.querySelector(".slots").hidden = true;
  for (const twin of host.querySelectorAll("[data-no-board]")) twin.hidden = true;
  host.append(root);

  const write = () => {
    selects.forEach((select, index) => { select.value = order[index] ?? ""; });
    selects[0].dispatchEvent(new Event("change", { bubbles: true }));
  };
  const draw = (focus) => {
    const placed = order.map((id, index) => placedStep(steps.find((step) => step.id === id), index, order.length));
    const empty = selects.slice(order.length).map((_, index) => emptySlot(order.length + index));
    const left = steps.filter((step) => !order.includes(step.id));
    root.replaceChildren(
      part("Steps", left.map((step) => freeStep(step, order.length < selects.length))),
      part("Your order", [...placed, ...empty]),
    );
    if (!left.length) root.firstChild.hidden = true;
    if (focus) (root.querySelector(focus) ?? root.querySelector("button:not([disabled])"))?.focus();
  };
  const say = (text) => { document.getElementById("live").textContent = text; };

  root.addEventListener("click", (event) => {
    const button = event.target.closest("button[data-does]");
    if (!button) return;
    const { id, does } = button.dataset;
    const at = order.indexOf(id);
    const { letter } = steps.find((step) => step.id === id);
    let focus = `[data-id="${id}"][data-does="${does}"]:not([disabled])`;
    if (does === "place") {
      if (order.length >= selects.length) return;
      order.push(id);
      say(`Step ${letter} is number ${order.length}`);
      focus = "[data-does=place]";
    } else if (does === "remove") {
      order.splice(at, 1);
      say(`Step ${letter} taken back`);
      focus = `[data-id="${id}"]`;
    } else {
      const to = does === "up" ? at - 1 : at + 1;
      order.splice(at, 1);
      order.splice(to, 0, id);
      say(`Step ${letter} is number ${to + 1}`);
      if (to === 0 || to === order.length - 1) focus = `[data-id="${id}"][data-does="${to === 0 ? "down" : "up"}"]`;
    }
    write();
    draw(focus);
  });

  /* The letter keys: place a free step, take back a placed one. */
  host.addEventListener("pick", (event) => {
    const step = steps[event.detail];
    const does = step && (order.includes(step.id) ? "remove" : "place");
    if (step) root.querySelector(`[data-id="${step.id}"][data-does="${does}"]`)?.click();
  });
  draw();
}

function element(tag, className, ...children) {
  const made = document.createElement(tag);
  if (className) made.className = className;
  made.append(...children);
  return made;
}

function part(title, rows) {
  return element("div", "", element("h2", "", title), element("ol", "plain", ...rows));
}

function freeStep(step, open) {
  const button = element("button", "step-pick", element("span", "letter", step.letter), element("span", "", step.text));
  button.append(element("em", "", open ? "Place next" : ""));
  button.type = "button";
  button.disabled = !open;
  Object.assign(button.dataset, { id: step.id, does: "place" });
  return element("li", "step", button);
}

function placedStep(step, index, count) {
  const tools = element("span", "step-tools",
    tool(step, "up", "M12 19V5M6 11l6-6 6 6", `Move step ${step.letter} up`, index === 0),
    tool(step, "down", "M12 5v14M6 13l6 6 6-6", `Move step ${step.letter} down`, index === count - 1),
    tool(step, "remove", "M6 6l12 12M18 6L6 18", `Take step ${step.letter} back`, false));
  return element("li", "step step-placed", element("span", "letter", `${index + 1}`), element("span", "", step.text), tools);
}

function emptySlot(index) {
  return element("li", "step step-empty", element("span", "letter", `${index + 1}`), element("span", "", "Nothing yet"));
}

function tool(step, does, path, label, disabled) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  const attributes = { viewBox: "0 0 24 24", fill: "none", stroke: "currentColor", class: "icon", "aria-hidden": "true",
    "stroke-linecap": "round", "stroke-linejoin": "round" };
  for (const [name, value] of Object.entries(attributes)) svg.setAttribute(name, value);
  svg.append(document.createElementNS("http://www.w3.org/2000/svg", "path"));
  svg.firstChild.setAttribute("d", path);
  const button = element("button", "button button-quiet button-icon", svg, element("span", "visually-hidden", label));
  button.type = "button";
  button.disabled = disabled;
  Object.assign(button.dataset, { id: step.id, does });
  return button;
}

const start = () => {
  for (const host of document.querySelectorAll("[data-ordering]:not([data-ready])")) {
    host.dataset.ready = "";
    board(host);
  }
};
document.addEventListener("htmx:afterSettle", start);
start();
