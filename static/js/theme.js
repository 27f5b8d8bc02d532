/* Linked without defer in the head, so that the chosen theme stands before the first paint. The device's own choice
   (local storage) wins over the account's, which the server writes into data-theme; the settings show what holds here, and
   what they save holds here too. */
(() => {
  const root = document.documentElement;
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const known = (theme) => theme === "light" || theme === "dark";

  const stored = () => {
    try { return localStorage.getItem("theme"); } catch { return null; }
  };
  const store = (theme) => {
    try {
      if (known(theme)) localStorage.setItem("theme", theme);
      else localStorage.removeItem("theme");
    } catch { /* Private browsing: the theme lasts as long as the page. */ }
  };
  const show = (theme) => {
    root.dataset.theme = theme;
    root.dataset.shown = known(theme) ? theme : dark.matches ? "dark" : "light";
    for (const button of document.querySelectorAll("[data-theme-toggle]")) {
      button.setAttribute("aria-pressed", String(root.dataset.shown === "dark"));
    }
  };

  const mark = (theme) => {
    const choice = document.querySelector(`[data-settings] [name=theme][value=${theme}]`);
    if (choice) choice.checked = true;
  };

  root.classList.add("js");
  show(known(stored()) ? stored() : root.dataset.theme || "system");
  dark.addEventListener("change", () => show(root.dataset.theme));
  document.addEventListener("DOMContentLoaded", () => {
    show(root.dataset.theme);
    if (known(stored())) mark(stored());
  });
  document.addEventListener("click", (event) => {
    if (!event.target.closest?.("[data-theme-toggle]")) return;
    const theme = root.dataset.shown === "dark" ? "light" : "dark";
    store(theme);
    show(theme);
    mark(theme);
  });
  document.addEventListener("change", (event) => {
    if (event.target.matches?.("[data-settings] [name=theme]")) show(event.target.value); // to look at, until it is saved
  });
  document.addEventListener("submit", (event) => {
    if (event.target.matches("[data-settings]")) store(new FormData(event.target).get("theme"));
  });
})();
