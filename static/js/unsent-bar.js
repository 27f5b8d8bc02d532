/* One bar at the foot of the page: what is said of the answers on this device. */

const bar = document.createElement("aside");
const status = document.createElement("div");
const tools = document.createElement("div");
bar.className = "unsent";
bar.setAttribute("aria-label", "Answers on this device");
bar.dataset.empty = "";
status.setAttribute("role", "status");
tools.className = "unsent-tools";
const inner = document.createElement("div");
inner.className = "frame";
const icon = document.createElementNS("http://www.w3.org/2000/svg", "svg");
const drawing = { viewBox: "0 0 24 24", fill: "none", stroke: "currentColor", class: "icon", "stroke-linecap": "round",
  "stroke-linejoin": "round", "aria-hidden": "true", focusable: "false" };
for (const [name, value] of Object.entries(drawing)) icon.setAttribute(name, value);
const line = document.createElementNS("http://www.w3.org/2000/svg", "path");
icon.append(line);
const ICONS = { // Lucide's cloud-upload, circle-x and circle-check
  "": "M12 13v8m-8-6.101A7 7 0 1 1 15.71 8h1.79a4.5 4.5 0 0 1 2.5 8.242M8 17l4-4 4 4",
  bad: "M22 12a10 10 0 1 1-20 0 10 10 0 0 1 20 0M15 9l-6 6m0-6 6 6",
  good: "M22 12a10 10 0 1 1-20 0 10 10 0 0 1 20 0M9 12l2 2 4-4",
};
inner.append(icon, status, tools);
bar.append(inner);
document.body.append(bar);

let drawn = "";
let fading = 0;

/* Lines, tone and buttons, or nothing; ``faded`` is called when good news has been there for long enough. */
export function show(shows, faded) {
  const now = JSON.stringify(shows && [shows.lines, shows.tone, shows.tools.map((tool) => tool.textContent)]);
  if (now === drawn) return; // said already
  drawn = now;
  const held = tools.contains(document.activeElement);
  bar.toggleAttribute("data-empty", !shows);
  bar.dataset.tone = shows?.tone ?? "";
  line.setAttribute("d", ICONS[bar.dataset.tone]);
  clearTimeout(fading);
  if (shows && shows.tone === "good") fading = setTimeout(faded, 10000);
  status.replaceChildren(...(shows?.lines ?? []).map((text) => {
    const made = document.createElement("p");
    made.textContent = text;
    return made;
  }));
  tools.replaceChildren(...(shows?.tools ?? []));
  if (held) (tools.querySelector("button") ?? document.getElementById("main"))?.focus({ preventScroll: true });
}

/* What sticks to the foot of the page stands above the bar, not under it. */
new ResizeObserver(() => {
  document.documentElement.style.setProperty("--unsent", "empty" in bar.dataset ? "0px" : `${bar.offsetHeight}px`);
}).observe(bar);
