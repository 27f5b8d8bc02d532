/* Small manners that every page shares: menus that close, dialogs that open. */

document.addEventListener("click", (event) => {
  for (const menu of document.querySelectorAll("details.menu[open]")) {
    if (!menu.contains(event.target)) menu.open = false;
  }
  const opener = event.target.closest("[data-opens]");
  if (opener) document.getElementById(opener.dataset.opens)?.showModal();
  const closer = event.target.closest("[data-closes]");
  if (closer) closer.closest("dialog")?.close();
  if (event.target.matches("dialog[open]")) event.target.close();
});

document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  for (const menu of document.querySelectorAll("details.menu[open]")) {
    menu.open = false;
    menu.querySelector("summary").focus();
  }
});

/* What is saved for the account replaces what this device remembered. */
document.addEventListener("submit", (event) => {
  if (!event.target.matches("[data-settings]")) return;
  try { localStorage.removeItem("shortcuts"); } catch { /* nothing was remembered */ }
});

document.addEventListener("click", (event) => {
  if (event.target.closest("[data-print]")) window.print();
});

/* A table wider than the screen scrolls inside its own box: let the keyboard reach that box. */
function reachable() {
  for (const box of document.querySelectorAll(".scroll, .prose table")) {
    if (box.scrollWidth > box.clientWidth + 1) box.tabIndex = 0;
  }
}
addEventListener("resize", reachable);
document.addEventListener("htmx:afterSettle", reachable);
reachable();
