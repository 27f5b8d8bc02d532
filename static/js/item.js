/* The item page: a fresh operation id for each state of the answer, the count of chosen options, autosave in a mock exam,
   and where the focus goes after a swap. */

const PARTS = ["item", "flag-form", "bookmark-form", "note-status", "report", "struck-before", "after"];
const SAVE_AFTER = 250; // milliseconds of quiet after a change

const newId = () => {
  if (crypto.randomUUID) return crypto.randomUUID();
  const bytes = crypto.getRandomValues(new Uint8Array(16)); // plain http on another host has no randomUUID
  bytes[6] = (bytes[6] & 0x0f) | 0x40;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
};

const live = (text) => {
  const region = document.getElementById("live");
  if (region) region.textContent = text;
};
const saveState = (text) => {
  const state = document.getElementById("save-state");
  if (state) state.textContent = text;
};

function count() {
  const shown = document.querySelector("[data-select-count]");
  if (!shown) return;
  const chosen = document.querySelectorAll("#answer-form input[name=option]:checked").length;
  const wanted = Number(shown.dataset.selectCount);
  const text = chosen > wanted ? `${chosen} chosen, ${chosen - wanted} too many` : `${chosen} of ${wanted} chosen`;
  if (shown.textContent !== text) shown.textContent = text;
}

/* An operation is one answer. Sent again it keeps its id, a replay; "no answer" after a choice is another one. */
let spent = { id: "", answer: "" };
function spend(answer) {
  const field = document.getElementById("answer-form").elements.operation_id;
  if (field.value === spent.id && answer !== spent.answer) field.value = newId();
  spent = { id: field.value, answer };
}
addEventListener("submit", (event) => { // on the window: before anybody reads the form
  if (event.target.id === "answer-form") spend(event.submitter?.value === "unknown" ? "unknown" : "choice");
}, true);

let saving = 0; // the timer of a choice that is not sent yet
function save() {
  clearTimeout(saving);
  saving = 0;
  spend("choice");
  window.htmx.trigger("#autosave", "autosave");
}
/* Left within that moment, the page sends it all the same; what does not arrive is kept on the device (offline.js). */
addEventListener("pagehide", () => { if (saving) save(); });
document.addEventListener("change", (event) => {
  const form = event.target.closest("#answer-form");
  if (!form) return;
  if (event.target.name === "struck") {
    if (window.htmx) window.htmx.trigger("#autostrike", "autostrike"); // kept apart: striking out is no answer
    return;
  }
  form.elements.operation_id.value = newId(); // another answer is another operation; a repeated one is a replay
  count();
  if (!document.getElementById("autosave") || !window.htmx) return;
  clearTimeout(saving);
  saveState("Saving …");
  saving = setTimeout(save, SAVE_AFTER);
});

/* Leaving by a button saves as well: the pending autosave would only race with it. */
document.addEventListener("submit", () => {
  clearTimeout(saving);
  saving = 0;
});

/* A radio that is chosen already lets go again: saying how sure one is stays free. */
let held = null;
document.addEventListener("pointerdown", (event) => {
  const input = event.target.closest?.(".confidence label")?.querySelector("input");
  held = input?.checked ? input : null;
});
document.addEventListener("click", (event) => {
  if (!held || event.target !== held) return;
  held.checked = false;
  held.dispatchEvent(new Event("change", { bubbles: true }));
  held = null;
});

/* A form that opens at the foot comes out from under the bar that sticks there. */
document.addEventListener("click", (event) => {
  const box = event.target.closest?.(".marks-box > summary")?.parentElement;
  if (box) requestAnimationFrame(() => { if (box.open) box.scrollIntoView({ block: "nearest" }); });
});

/* A private note that was typed and not saved is saved before Continue leads on; if that fails the page stays and says so.
   Left by any other way, the browser is asked to send it along. */
let leaving = null;
const unsaved = () => {
  const text = document.querySelector("#note-text");
  return text && text.value !== text.defaultValue ? text : null;
};
document.addEventListener("submit", (event) => {
  const text = event.target.matches("form.actions") && unsaved();
  if (!text) return;
  event.preventDefault();
  leaving = event.target;
  text.form.closest("details").open = true;
  text.form.requestSubmit();
});
addEventListener("pagehide", () => {
  const text = unsaved();
  if (text) navigator.sendBeacon(text.form.action, new FormData(text.form));
});

document.addEventListener("htmx:afterRequest", (event) => {
  const { elt, xhr, successful, requestConfig } = event.detail;
  if (elt.id === "note-form" && successful && xhr.responseText.includes("note-status")) {
    elt.elements.text.defaultValue = requestConfig.formData.get("text");
    live("Your note is saved");
    leaving?.requestSubmit();
  }
  if (elt.id === "note-form") leaving = null;
  if (elt.id === "note-form" && xhr.status === 422) live("The note is not saved");
  if (elt.id !== "autosave") return;
  const landed = xhr.responseURL ? new URL(xhr.responseURL).pathname : "";
  const expected = [location.pathname, elt.getAttribute("hx-post")];
  const stored = xhr.status >= 200 && xhr.status < 300; // a refusal that a page may show is no failure to htmx
  if (stored && landed && !expected.includes(landed)) location.assign(landed); // the session ended meanwhile
  else if (saving) return; // a newer choice is on its way
  else if (stored) saveState("Saved");
  else if (xhr.status === 0) saveState("Not saved: no connection. It is tried again with your next change or step.");
  else if (xhr.status === 409 || xhr.status === 410) location.reload(); // the server says why
  else saveState(`Not saved${problem(xhr)}`);
});

/* What the server has against it, in its words. */
function problem(xhr) {
  const said = new DOMParser().parseFromString(xhr.responseText, "text/html").querySelector("#problem");
  return said ? `: ${said.textContent.trim()}` : ". Please try again.";
}

/* A page without the item (the result, a sign-in) is gone to, never pasted into this one. */
document.addEventListener("htmx:beforeSwap", (event) => {
  const { xhr, elt, target } = event.detail;
  if (!PARTS.includes(target?.id) || elt.id === "autosave") return;
  if (xhr.responseText.includes(`id="${target.id}"`)) return;
  if (xhr.status >= 400 && xhr.status !== 409 && xhr.status !== 422) return;
  event.detail.shouldSwap = false;
  const sender = event.detail.requestConfig.elt;
  const status = sender.querySelector("[data-status]");
  if (status) { // with text in it that must not be lost
    status.textContent = "Not saved: you are signed out. Sign in again in another tab, then send it once more.";
    return;
  }
  if (["after", "autostrike"].includes(sender.id)) return; // an aside: the next step leads on
  const landed = new URL(xhr.responseURL || location.href);
  const form = elt.closest("form");
  location.assign(form && landed.pathname === new URL(form.action).pathname ? location.href : landed.href);
});

document.addEventListener("htmx:sendError", (event) => failed(event.detail.elt, "No connection"));
document.addEventListener("htmx:responseError", (event) => failed(event.detail.elt, "The server could not take this"));
function failed(elt, why) {
  if (elt.id === "autosave" || elt.id === "after") return;
  const status = elt.querySelector("[data-status]");
  const what = status ? "What you typed" : "Your answer";
  const text = elt.id === "autostrike"
    ? `${why}: struck out on this screen only, until your next step.`
    : `${why}. ${what} is still here: try again in a moment.`;
  if (status) status.textContent = text;
  else saveState(text);
  live(text);
}

document.addEventListener("htmx:afterSettle", (event) => {
  count();
  if (event.target.id === "report") event.target.querySelector("#report-problem, #report-sent")?.focus();
  if (event.detail.target?.id !== "item" && event.target.id !== "item") return;
  const heading = document.getElementById("verdict") ?? document.getElementById("problem");
  heading?.focus({ preventScroll: true });
  heading?.scrollIntoView({ block: "nearest" });
});

count();
