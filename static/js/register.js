/* The site as an app: its service worker, the colour of the window around it, and pages that were kept on this device. */

const root = document.documentElement;

if ("serviceWorker" in navigator) {
  addEventListener("load", async () => {
    try {
      await navigator.serviceWorker.register("/sw.js");
      // The first page is there before its worker: if it is one to keep, the worker is told.
      const { active } = await navigator.serviceWorker.ready;
      active.postMessage({ keep: location.href });
    } catch { /* Without a worker the site needs a connection, and otherwise works the same. */ }
  });
}

/* A theme chosen by hand holds for the window's frame too; both tags say the device's own choice otherwise. */
const frames = [...document.querySelectorAll("meta[name=theme-color]")];
const colours = frames.map((meta) => meta.content);
const frame = () => frames.forEach((meta, index) => {
  const chosen = { light: 0, dark: 1 }[root.dataset.theme];
  meta.content = colours[chosen ?? index];
});
new MutationObserver(frame).observe(root, { attributeFilter: ["data-theme"] });
frame();

/* A kept page is a visitor's copy: it says so, and makes room for the real one. */
const standIn = "kept" in root.dataset || document.querySelector("[data-offline]");
const again = () => location.reload();
// Connections flicker: only one that lasts is worth leaving what somebody may just read or press.
if (standIn) addEventListener("online", () => setTimeout(() => { if (navigator.onLine) again(); }, 500));
for (const button of document.querySelectorAll("[data-again]")) button.addEventListener("click", again);

if ("kept" in root.dataset) {
  const note = document.createElement("p");
  note.className = "message kept-note";
  note.setAttribute("role", "status");
  const why = navigator.onLine ? "The server does not answer in time." : "No connection.";
  note.textContent = `${why} This is the copy kept on this device.`;
  document.getElementById("main")?.prepend(note);
  document.addEventListener("submit", (event) => { // its forms carry nobody's token
    event.preventDefault();
    again();
  });
}

/* The offline page lists the notes that can be read. */
const list = document.querySelector("[data-kept-notes]");
if (list && "caches" in window) show();

async function show() {
  const names = (await caches.keys()).filter((name) => name.startsWith("notes-"));
  const rows = new Map();
  for (const name of names) {
    const kept = await caches.open(name);
    for (const request of await kept.keys()) {
      const page = new DOMParser().parseFromString(await (await kept.match(request)).text(), "text/html");
      const title = page.querySelector("h1")?.textContent.trim();
      if (title) rows.set(new URL(request.url).pathname, title);
    }
  }
  for (const [path, title] of [...rows].sort(([a], [b]) => a.localeCompare(b))) {
    const row = document.createElement("li");
    const link = document.createElement("a");
    link.href = path;
    link.textContent = title;
    row.append(link);
    list.append(row);
  }
  list.closest("section").hidden = rows.size === 0;
}
