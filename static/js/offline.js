/* An answer that the network loses is kept on this device and sent again: when the connection returns, on the next page, or
   by the button. It carries the operation id it was given first, so the server counts it once however often it arrives.

   An answer is kept before it is sent and let go when the server has spoken; a page that dies in between loses nothing.
   A study answer is simply sent again. In a mock exam an answer may change, so an older one must not undo what another
   tab or device chose since: there the question is looked at first. */

import { show } from "./unsent-bar.js";

const PREFIX = "unsent "; // of the keys in local storage: one an answer, so that two tabs do not overwrite each other
const MOMENT = 3000; // milliseconds in which an answer of another page may still be on its way
const KEEP = 30 * 24 * 3600 * 1000;
const NOT_SENT = "kept on this device, sent when the connection returns";

const root = document.documentElement;
const me = root.dataset.learner ?? "";
// A page out of the device's own store is nobody's, whoever is signed in.
const unknown = "kept" in root.dataset || Boolean(document.querySelector("[data-offline]"));
const underWay = new Set(); // answers that this page is sending
const stands = new Map(); // address of an answer -> the choice the server confirmed to this page
let note = null; // something said once: {text, tone}
let wait = 15000;
let timer = 0;

/* --- What is kept --- */

function kept() {
  try {
    const keys = Object.keys(localStorage).filter((key) => key.startsWith(PREFIX));
    const all = keys.map((key) => JSON.parse(localStorage.getItem(key))).filter(Boolean);
    for (const old of all.filter((entry) => Date.now() - entry.made > KEEP)) localStorage.removeItem(PREFIX + old.url);
    return all.filter((entry) => Date.now() - entry.made <= KEEP).sort((a, b) => a.made - b.made);
  } catch { return []; }
}
function put(entry) {
  try {
    localStorage.setItem(PREFIX + entry.url, JSON.stringify(entry));
    return true;
  } catch { return false; } // no room, or private browsing: then the page itself is all there is
}
function find(url) {
  try { return JSON.parse(localStorage.getItem(PREFIX + url)); } catch { return null; }
}
/* Only this very answer: a newer one may have taken its place. */
function change(entry, changes) {
  const now = find(entry.url);
  if (now?.operation !== entry.operation) return;
  if (changes) put({ ...now, ...changes });
  else localStorage.removeItem(PREFIX + entry.url);
}

/* Mine, or that of the guest I was before I signed in; whether it really is mine the server knows. */
const mine = () => kept().filter((entry) => entry.learner === me || (entry.guest && me && !("guest" in root.dataset)));
const waiting = (entry) => entry.state === "kept"
  || (entry.state === "sending" && !underWay.has(entry.url) && Date.now() - entry.made > MOMENT);

/* --- What an answer is --- */

const isAnswer = (element) => element?.id === "answer-form" || element?.id === "autosave";
const notNow = (status) => status === 403 || status === 429 || status >= 500; // another time it may be taken
const itemOf = (url) => url.replace(/answer\/$/, "");
const number = (url) => url.match(/(\d+)\/answer\/$/)?.[1] ?? "";

/* The choice as short text, as web/forms.py writes it into the page. */
function choice(fields) {
  const all = [...fields];
  if (fields.get("intent") === "unknown") return "";
  const pairs = all.filter(([name, value]) => name.startsWith("pair_") && value);
  if (pairs.length) return pairs.map(([name, value]) => `${name.slice(5)}=${value}`).sort().join(",");
  const steps = all.filter(([name]) => name.startsWith("order_"));
  if (steps.length) {
    const place = ([name]) => Number(name.slice(6));
    return steps.sort((a, b) => place(a) - place(b)).map(([, value]) => value).filter(Boolean).join(",");
  }
  return fields.getAll("option").sort().join(",");
}

/* The choice in words, to be read while it is kept. */
function words(form, fields) {
  if (fields.get("intent") === "unknown") return "no answer";
  const rows = [...form.querySelectorAll("input[name=option]:checked")].map((input) => {
    const row = input.closest(".option");
    return `${row?.querySelector(".letter")?.textContent ?? ""}. ${row?.querySelector(".option-text")?.textContent ?? ""}`;
  });
  const picks = [...form.querySelectorAll("select")].filter((list) => list.value).map((list) => list.selectedOptions[0].text);
  return [...rows, ...picks].join("; ") || "no answer";
}

function keep(form, url, fields) {
  const body = new URLSearchParams([...fields].filter(([name]) => name !== "csrfmiddlewaretoken"));
  const mock = Boolean(document.getElementById("autosave"));
  if (mock) {
    body.set("goto", "");
    if (body.get("intent") !== "unknown") body.set("intent", "save");
  }
  return put({
    url, mock, exam: mock ? document.querySelector(".room-where")?.textContent ?? "" : "", learner: me, guest: "guest" in root.dataset, body: body.toString(), operation: body.get("operation_id"),
    choice: choice(body), before: stands.get(url) ?? form.elements.shown?.value ?? "", words: words(form, body),
    made: Date.now(), state: "sending",
  });
}

/* --- Answers as they leave the page. In the capturing phase: what is said here replaces what item.js would say. --- */

document.addEventListener("htmx:beforeRequest", (event) => {
  const { elt, requestConfig } = event.detail;
  if (!isAnswer(elt)) return;
  const { path, formData } = requestConfig;
  if (!keep(document.getElementById("answer-form"), path, formData)) return;
  underWay.add(path);
}, true);

document.addEventListener("htmx:afterRequest", (event) => {
  // The form that sent it may be gone by now, its feedback in its place: so the address tells, not the element.
  const { elt, xhr, requestConfig } = event.detail;
  const url = requestConfig.path;
  if (!underWay.has(url)) return;
  const entry = find(url);
  underWay.delete(url);
  if (!entry) return;
  if (xhr.status === 0) { // an error, which comes as an event of its own, or the next change came first
    if (elt.id === "autosave") event.stopPropagation();
    return;
  }
  const landed = xhr.responseURL ? new URL(xhr.responseURL).pathname : url;
  if (landed.startsWith("/accounts/")) change(entry, { state: "kept", why: "signed-out" });
  else if (notNow(xhr.status)) change(entry, { state: "kept", why: "server" });
  else {
    if (xhr.status < 300) stands.set(url, entry.choice);
    change(entry, null); // taken, or refused with reasons that the page itself now shows
  }
  draw();
}, true);

document.addEventListener("htmx:sendError", (event) => {
  const { elt, requestConfig } = event.detail;
  const entry = isAnswer(elt) && find(requestConfig.path);
  if (!entry) return;
  event.stopPropagation();
  change(entry, { state: "kept", why: "" });
  saveState(entry.mock ? "Not sent yet" : ""); // beside the bar, which says it at length
  draw();
  later();
}, true);

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (event.defaultPrevented || form.method !== "post" || (form.hasAttribute("hx-post") && window.htmx)) return;
  let entry = null;
  if (form.id === "answer-form") {
    const fields = new FormData(form);
    if (event.submitter?.name) fields.set(event.submitter.name, event.submitter.value);
    const url = new URL(form.action).pathname;
    // What was saved before needs no keeping; leafing on is no answer.
    if (choice(fields) !== (stands.get(url) ?? form.elements.shown?.value ?? "")) entry = keep(form, url, fields) && find(url);
  }
  if (navigator.onLine || "reached" in form.dataset) return;
  // Sent now, the browser would leave for a page of its own. A site on this very machine answers all the same.
  event.preventDefault();
  fetch("/healthz", { cache: "no-store" }).then(() => {
    form.dataset.reached = "";
    form.requestSubmit(event.submitter);
  }).catch(() => {
    if (entry) change(entry, { state: "kept", why: "" });
    say("No connection. Stay on this page and press the button again when it is back.", "bad");
  });
}, true);

function saveState(text) {
  const state = document.getElementById("save-state");
  if (state) state.textContent = text;
}

/* --- Sending again --- */

class SignedOut extends Error {}

const token = () => document.cookie.match(/(?:^|; )(?:__Host-)?csrftoken=([^;]+)/)?.[1] ?? "";
const read = async (reply) => new DOMParser().parseFromString(await reply.text(), "text/html");
const ensureSignedIn = (reply) => {
  if (reply.redirected && new URL(reply.url).pathname.startsWith("/accounts/")) throw new SignedOut();
};

async function sendAll() {
  if (!me || unknown) return draw();
  const run = async () => {
    for (const entry of mine().filter(waiting)) await send(entry);
  };
  // One tab at a time; without locks two may send the same, which counts once.
  if (navigator.locks) await navigator.locks.request("unsent", { ifAvailable: true }, (lock) => lock && run());
  else await run();
  draw();
  if (mine().some(waiting)) later();
  else wait = 15000;
}

async function send(entry, { insist = false } = {}) {
  underWay.add(entry.url);
  try {
    if (entry.mock && !insist) {
      const now = await standing(entry);
      if (now === entry.choice) return entry.state === "sending" ? change(entry, null) : done(entry); // it had arrived
      if (now !== null && now !== entry.before) return change(entry, { state: "conflict" });
    }
    let reply = await post(entry);
    if (reply.status === 403) { // the page of the question brings a token, or leads to the sign-in
      await standing(entry);
      reply = await post(entry);
    }
    ensureSignedIn(reply);
    if (reply.ok) return done(entry, reply);
    if (notNow(reply.status)) return change(entry, { state: "kept", why: "server" });
    if (reply.status === 404 && entry.learner !== me) return change(entry, null); // a guest's that nobody took over
    const page = await read(reply);
    const why = page.querySelector("#problem, .message-error")?.textContent.trim();
    return change(entry, { state: "refused", why: why || "There is no such question in a session of yours any more." });
  } catch (error) {
    return change(entry, { state: "kept", why: error instanceof SignedOut ? "signed-out" : "" });
  } finally {
    underWay.delete(entry.url);
  }
}

const post = ({ url, body }) => fetch(url, {
  method: "POST",
  headers: { "Content-Type": "application/x-www-form-urlencoded", "X-CSRFToken": token(), "HX-Request": "true" },
  body,
});

/* The choice that stands on the server now; null where nothing can be chosen any more. */
async function standing(entry) {
  const reply = await fetch(itemOf(entry.url), { cache: "no-store" });
  ensureSignedIn(reply);
  if (reply.status >= 500) throw new Error("The server cannot tell");
  return (await read(reply)).querySelector("#answer-form [name=shown]")?.value ?? null;
}

function done(entry, reply) {
  change(entry, null);
  const text = `Saved: your answer to question ${number(entry.url)} was sent.`;
  note = { text, tone: "good" };
  if (location.pathname !== itemOf(entry.url)) return;
  if (!entry.mock) return goOn(text, reply.headers.get("HX-Redirect") ?? `${location.pathname}#verdict`);
  const form = document.getElementById("answer-form");
  if (!form) return;
  const shown = choice(new FormData(form));
  stands.set(entry.url, entry.choice);
  if (shown === entry.choice) saveState("Saved");
  else if (shown === form.elements.shown.value) goOn(text, location.pathname); // the page is older than the answer
}

/* Back on this question of a mock exam: another tab or device may have answered it since. What waits here is looked at
   when it is sent. */
let asking = false;
let leaving = false; // then the next page shows what stands
addEventListener("beforeunload", () => { leaving = true; });
async function askAgain() {
  const form = document.getElementById("answer-form");
  if (asking || unknown || document.hidden || !form || !document.getElementById("autosave")) return;
  const url = new URL(form.action).pathname;
  const believed = () => stands.get(url) ?? form.elements.shown.value;
  const idle = () => !leaving && !find(url) && !underWay.has(url) && choice(new FormData(form)) === believed();
  if (!idle()) return;
  asking = true;
  try {
    const now = await standing({ url });
    const text = "Changed in another tab or on another device: this is what stands now.";
    if (now !== believed() && idle()) goOn(text, itemOf(url));
  } catch { /* no connection: the next change or step will tell */ }
  asking = false;
}
document.addEventListener("visibilitychange", askAgain);
addEventListener("focus", askAgain);

/* On to the feedback, or to the question as it now stands; what was said goes along. */
function goOn(text, address) {
  try { sessionStorage.setItem("unsent said", text); } catch { /* then it is not said twice */ }
  draw();
  const target = new URL(address, location.href);
  if (target.pathname !== location.pathname) return location.assign(target.href);
  history.replaceState(null, "", target.href);
  location.reload();
}

function later() {
  clearTimeout(timer);
  timer = setTimeout(sendAll, wait);
  wait = Math.min(wait * 2, 240000);
}

/* --- What is said of it --- */

function say(text, tone = "") {
  note = text ? { text, tone } : null;
  draw();
}

function button(label, deed, className = "button") {
  const made = document.createElement("button");
  Object.assign(made, { type: "button", className, textContent: label });
  made.addEventListener("click", async () => {
    note = null;
    await deed();
    draw();
    if (!made.isConnected) document.getElementById("main")?.focus({ preventScroll: true });
  });
  return made;
}

/* The answer of this address as it is when the button is pressed: it may have been given anew since. */
const on = (url, deed) => () => {
  const entry = find(url);
  return entry && deed(entry);
};
const letGo = (entry) => change(entry, null);
const letGoRefused = () => mine().filter((entry) => entry.state === "refused").forEach(letGo);
const discard = ({ url }) => button("Discard", on(url, letGo), "button button-quiet");

/* All refusals at once: two lines for those of one exam that have one reason. */
function refusals(refused) {
  const groups = new Map();
  for (const entry of refused) {
    const reason = `of ${entry.exam ? `“${entry.exam}”` : "a study session"}|${entry.why}`;
    groups.set(reason, [...(groups.get(reason) ?? []), entry]);
  }
  return [...groups].flatMap(([reason, entries]) => {
    const [whose, why] = reason.split("|");
    const several = entries.length > 1;
    const numbers = entries.map((entry) => number(entry.url)).join(", ");
    const chose = entries.map((entry) => (several ? `${number(entry.url)}: ` : "") + entry.words).join("; ");
    return [
      `Question${several ? "s" : ""} ${numbers} ${whose} ${several ? "were" : "was"} not taken: ${why}`,
      `You chose: ${chose}`,
    ];
  });
}

/* Which answer it is that waits; the screen may show another choice by now. */
function keptWords(left) {
  const entry = left.find(({ url }) => location.pathname === itemOf(url)) ?? left[0];
  if (left.length > 1 && location.pathname !== itemOf(entry.url)) return [];
  const form = document.getElementById("answer-form");
  if (entry.mock || !form || location.pathname !== itemOf(entry.url)) return [`Kept: ${entry.words}`];
  const shown = choice(new FormData(form));
  return [`Kept: ${entry.words}`, ...(shown && shown !== entry.choice ? ["Not the choice on the screen: check that one to keep it instead."] : [])];
}

/* The first thing that the learner has to decide, else what waits, else what was said last. */
function told() {
  const known = me && !unknown;
  const all = known ? mine() : kept();
  const refused = known ? all.filter((entry) => entry.state === "refused") : [];
  if (refused.length) {
    return { tone: "bad", lines: refusals(refused), tools: [button("Dismiss", letGoRefused)] };
  }
  const conflict = known && all.find((entry) => entry.state === "conflict");
  if (conflict) {
    const question = `Question ${number(conflict.url)} was answered elsewhere after you answered it here.`;
    return { lines: [question, `Kept on this device: ${conflict.words}`],
      tools: [button("Use this answer", on(conflict.url, (entry) => send(entry, { insist: true }))), discard(conflict)] };
  }
  const left = all.filter(waiting);
  if (!left.length) return note && { tone: note.tone, lines: [note.text], tools: [] };
  const [first] = left;
  const here = left.length === 1 && location.pathname === itemOf(first.url);
  const what = left.length > 1 ? `${left.length} answers not sent yet`
    : here ? "Not sent yet" : `Answer to question ${number(first.url)} not sent yet`;
  const said = note ? [note.text] : [];
  if (unknown) return { lines: [`${what}: ${NOT_SENT}.`, ...said], tools: [] };
  if (!known) return { lines: [`${what}: kept on this device. Sign in to send it.`], tools: [] };
  said.unshift(...keptWords(left));
  const again = button("Send now", sendAll);
  if (first.why === "signed-out") {
    return { lines: [`${what}: kept on this device. Sign in again to send it.`, ...said], tools: [again, discard(first)] };
  }
  if (first.why === "server") {
    const lines = [`${what}: the server could not take it. It is kept on this device and tried again.`, ...said];
    return { lines, tools: [again, discard(first)] };
  }
  return { lines: [`${what}: ${NOT_SENT}.`, ...said], tools: [again] };
}

function draw() {
  show(told(), () => say("", "")); // good news need not stay
}

/* --- When --- */

document.addEventListener("change", (event) => { if (event.target.closest("#answer-form")) draw(); });

addEventListener("online", () => {
  wait = 15000;
  if (note?.tone === "bad") note = null;
  sendAll();
});
addEventListener("storage", (event) => {
  if (!event.key?.startsWith(PREFIX)) return;
  draw();
  if (event.newValue === null) askAgain(); // another tab's answer has arrived
});
// Sent by the form itself, an answer comes back as a page; one that says why it was refused has said it.
const { refused } = document.getElementById("item")?.dataset ?? {};
for (const entry of kept()) if (refused && entry.operation === refused) letGo(entry);
addEventListener("pageshow", (event) => {
  leaving = false;
  if (event.persisted) sendAll();
});
try {
  const said = sessionStorage.getItem("unsent said");
  sessionStorage.removeItem("unsent said");
  if (said) note = { text: said, tone: "good" };
} catch { /* nothing was said */ }
sendAll();
// An answer that the last page had just sent may have arrived: only after a moment is it taken for lost.
if (kept().some((entry) => entry.state === "sending")) setTimeout(sendAll, MOMENT + 100);
