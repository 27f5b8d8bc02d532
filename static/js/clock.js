/* The countdown of a mock exam. The server owns the deadline: this only shows it, corrected by the difference between
   the server's clock and this device's, and asks the server for the result once the time is over. */

const WARN_AT = [30, 15, 5]; // minutes left
const ALWAYS_SHOWN = 5 * 60; // seconds left from which hiding no longer holds

const remember = (store, key, value) => {
  try { store.setItem(key, value); } catch { /* Storage is a convenience here. */ }
};
const recall = (store, key) => {
  try { return store.getItem(key); } catch { return null; }
};

const spoken = (seconds) => {
  const two = (number) => String(number).padStart(2, "0");
  const hours = Math.floor(seconds / 3600);
  const minutes = Math.floor(seconds / 60) % 60;
  return hours ? `${hours}:${two(minutes)}:${two(seconds % 60)}` : `${minutes}:${two(seconds % 60)}`;
};

let ahead = null; // milliseconds by which the server's clock is ahead; measured once a page
let timer = 0;

function tick() {
  const clock = document.getElementById("clock");
  if (!clock?.dataset.deadline) return;
  ahead ??= Date.parse(clock.dataset.serverNow) - Date.now();
  const deadline = Date.parse(clock.dataset.deadline);
  const left = Math.max(0, Math.ceil((deadline - Date.now() - ahead) / 1000));
  clock.querySelector("time").textContent = spoken(left);
  warn(clock.dataset.deadline, left);
  hide(left);
  clearTimeout(timer);
  if (left > 0) timer = setTimeout(tick, 1000 - ((Date.now() + ahead) % 1000) + 20);
  else timer = setTimeout(() => location.assign(clock.dataset.doneUrl || location.href), 1500);
}

/* Said politely, once each, and not for a mark that the exam began below. */
function warn(deadline, left) {
  const key = `warned ${deadline}`;
  const lowest = recall(sessionStorage, key);
  const passed = WARN_AT.filter((minutes) => left <= minutes * 60);
  const mark = passed.length ? Math.min(...passed) : Infinity;
  if (lowest === null) remember(sessionStorage, key, String(mark));
  else if (mark < Number(lowest)) {
    remember(sessionStorage, key, String(mark));
    say(`${mark} minutes left`);
  }
  if (left === 0) say("Time is up. Your saved answers are being marked.");
}

function say(text) {
  const live = document.getElementById("live");
  if (live && live.textContent !== text) live.textContent = text;
  const shown = document.getElementById("time-note");
  if (shown) { shown.textContent = text; shown.hidden = false; }
}

function hide(left) {
  const wanted = recall(localStorage, "clock") === "hidden";
  const hidden = wanted && left > ALWAYS_SHOWN;
  for (const part of document.querySelectorAll("[data-hides]")) part.hidden = hidden;
  const button = document.getElementById("hide-clock");
  if (!button) return;
  button.hidden = wanted && left <= ALWAYS_SHOWN;
  button.setAttribute("aria-expanded", String(!hidden));
  button.querySelector("span").textContent = hidden ? "Show time" : "Hide time";
}

document.addEventListener("click", (event) => {
  if (!event.target.closest("#hide-clock")) return;
  const hidden = recall(localStorage, "clock") === "hidden";
  remember(localStorage, "clock", hidden ? "shown" : "hidden");
  tick();
});
document.addEventListener("visibilitychange", tick);
document.addEventListener("htmx:afterSettle", tick);
tick();
