/* The item page: a fresh operation id for each state of the answer, the count of chosen options, autosave in a mock exam,
   and where the focus goes after a swap. */

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

let saving = 0;
document.addEventListener("change", (event) => {
  const form = event.target.closest("#answer-form");
  if (!form) return;
  form.elements.operation_id.value = newId(); // another answer is another operation; a repeated one is a replay
  count();
  if (!document.getElementById("autosave") || !window.htmx) return;
  clearTimeout(saving);
  saveState("Saving …");
  saving = setTimeout(() => window.htmx.trigger("#autosave", "autosave"), SAVE_AFTER);
});

/* Leaving by a button saves as well: the pending autosave would only race with it. */
document.addEventListener("submit", () => clearTimeout(saving));

document.addEventListener("htmx:afterRequest", (event) => {
  const { elt, xhr, successful } = event.detail;
  if (elt.id !== "autosave") return;
  const landed = xhr.responseURL ? new URL(xhr.responseURL).pathname : "";
  const expected = [location.pathname, elt.getAttribute("hx-post")];
  if (successful && landed && !expected.includes(landed)) location.assign(landed); // the session ended meanwhile
  else if (successful) saveState("Saved");
  else if (xhr.status === 0) saveState("Not saved: no connection. It is tried again with your next change or step.");
  else if (xhr.status === 409 || xhr.status === 410) location.reload(); // the server says why
  else saveState("Not saved. Please try again.");
});

/* A page without the item (the result, a sign-in) is gone to, never pasted into this one. */
document.addEventListener("htmx:beforeSwap", (event) => {
  const { xhr, elt, target } = event.detail;
  if (!["item", "flag-form"].includes(target?.id) || elt.id === "autosave") return;
  if (xhr.responseText.includes(`id="${target.id}"`)) return;
  if (xhr.status >= 400 && xhr.status !== 409 && xhr.status !== 422) return;
  event.detail.shouldSwap = false;
  const landed = new URL(xhr.responseURL || location.href);
  const form = elt.closest("form");
  location.assign(form && landed.pathname === new URL(form.action).pathname ? location.href : landed.href);
});

document.addEventListener("htmx:sendError", (event) => {
  if (event.detail.elt.id !== "autosave") failed("No connection. Your answer is still here: try again in a moment.");
});
document.addEventListener("htmx:responseError", (event) => {
  if (event.detail.elt.id !== "autosave") failed("The server could not take this. Your answer is still here: try again.");
});
function failed(text) {
  saveState(text);
  live(text);
}

document.addEventListener("htmx:afterSettle", (event) => {
  count();
  if (event.detail.target?.id !== "item" && event.target.id !== "item") return;
  const heading = document.getElementById("verdict") ?? document.getElementById("problem");
  heading?.focus({ preventScroll: true });
  heading?.scrollIntoView({ block: "nearest" });
});

count();
