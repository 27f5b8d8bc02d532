/* The service worker: what this site can do without a connection. It keeps what is public and the same for everybody, which
   is static files, the offline page, and the study notes as a visitor without an account sees them. What belongs to a person
   (sessions, progress, settings, accounts, the API) always comes from the server and is never kept; forms pass untouched. */

const SITE = {{ told|safe }};

const STATIC = `static-${SITE.version}`;
const NOTES = `notes-${SITE.version}`;
const PATIENCE = 4000; // milliseconds until a kept note is better than waiting on
const FRESH = 3600 * 1000; // milliseconds for which a kept note is not asked for again

/* What our own pages use; the workshop and the description of the API come with megabytes of their own. */
const isOurs = (path) => path.startsWith(SITE.static)
  && /^(css|js|icons|django_htmx)\/|^favicon/.test(path.slice(SITE.static.length));
const isNote = (url) => url.search === "" && url.pathname.startsWith(SITE.notes)
  && /^([\w-]+\/)?$/.test(url.pathname.slice(SITE.notes.length));

self.addEventListener("install", (event) => event.waitUntil(install()));
self.addEventListener("activate", (event) => event.waitUntil(activate()));

async function install() {
  const kept = await caches.open(STATIC);
  // A name with a hash may come out of the browser's own cache; anything else is asked for.
  const files = SITE.shell.map((path) => new Request(path, { cache: SITE.hashed ? "default" : "no-cache" }));
  await kept.addAll([...files, new Request(SITE.offline, { cache: "no-cache", credentials: "omit" })]);
  // Notes point to the files of their time, so they are fetched anew with them; where that fails, both are carried over.
  await Promise.allSettled((await keptNotes()).map((address) => keep(address).catch(() => carry(address))));
  await self.skipWaiting();
}

async function keptNotes() {
  const names = (await caches.keys()).filter((name) => name.startsWith("notes-"));
  const found = await Promise.all(names.map(async (name) => (await caches.open(name)).keys()));
  return [...new Set(found.flat().map((request) => request.url))];
}

async function activate() {
  const old = (await caches.keys()).filter((name) => ![STATIC, NOTES].includes(name));
  await Promise.all(old.map((name) => caches.delete(name)));
  // The request for a page starts while this worker wakes up.
  await self.registration.navigationPreload?.enable();
  await self.clients.claim();
}

/* Keep a page of the notes with the files it uses. It is fetched without cookies: what is kept belongs to nobody. */
async function keep(address) {
  const notes = await caches.open(NOTES);
  const kept = await notes.match(address, { ignoreVary: true });
  if (kept && Date.now() - Date.parse(kept.headers.get("Date")) < FRESH) return;
  const response = await fetch(address, { credentials: "omit", cache: "no-store" });
  if (response.status === 404 || response.redirected) return void await notes.delete(address, { ignoreVary: true });
  if (!response.ok) throw new Error(`The server says ${response.status}`);
  const html = await response.text();
  await Promise.allSettled(filesOf(html).map((path) => staticFile(new Request(path))));
  // The page is told what it is, so that it can say so. The policy on scripts and styles stays with it.
  const headers = new Headers(response.headers);
  for (const name of ["Content-Encoding", "Content-Length"]) headers.delete(name);
  await notes.put(address, new Response(html.replace("<html ", "<html data-kept "), { headers }));
}

async function carry(address) {
  const kept = await caches.match(address, { ignoreVary: true });
  await (await caches.open(NOTES)).put(address, kept.clone());
  const files = await caches.open(STATIC);
  for (const path of filesOf(await kept.text())) {
    const file = await caches.match(path, { ignoreVary: true });
    if (file && !(await files.match(path, { ignoreVary: true }))) await files.put(path, file);
  }
}

const filesOf = (html) => [...html.matchAll(/(?:src|href)="([^"]+)"/g)].map((match) => match[1]).filter(isOurs);

self.addEventListener("message", (event) => {
  const url = new URL(event.data?.keep ?? SITE.offline, self.location.origin);
  if (isNote(url)) event.waitUntil(keep(url.href).catch(() => {}));
});

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (request.method !== "GET" || url.origin !== self.location.origin) return;
  if (isOurs(url.pathname)) event.respondWith(staticFile(request));
  else if (request.mode === "navigate") event.respondWith(page(event, url));
});

async function staticFile(request) {
  const files = await caches.open(STATIC);
  const kept = await files.match(request.url, { ignoreVary: true });
  if (kept && SITE.hashed) return kept;
  try {
    const response = await fetch(request);
    if (response.status === 200) await files.put(request.url, response.clone());
    return response;
  } catch (error) {
    if (kept) return kept;
    throw error;
  }
}

/* From the server; a note that is kept steps in where the server cannot be reached or takes too long. */
async function page(event, url) {
  const asked = (async () => (await event.preloadResponse) ?? fetch(event.request))();
  if (!isNote(url)) return asked.catch(offline);
  const kept = await (await caches.open(NOTES)).match(url.pathname, { ignoreVary: true });
  if (!kept) {
    event.waitUntil(asked.then(() => keep(url.href)).catch(() => {}));
    return asked.catch(offline);
  }
  event.waitUntil(keep(url.href).catch(() => {}));
  const late = new Promise((resolve) => { setTimeout(resolve, PATIENCE, kept); });
  return Promise.race([asked.catch(() => kept), late]);
}

async function offline() {
  return (await (await caches.open(STATIC)).match(SITE.offline, { ignoreVary: true })) ?? Response.error();
}
