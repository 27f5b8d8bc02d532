/* The contents of a note show where the reader is. */

const links = new Map();
for (const link of document.querySelectorAll(".toc a[href^='#']")) {
  const heading = document.getElementById(decodeURIComponent(link.hash.slice(1)));
  if (heading) links.set(heading, link);
}

/* The section that is read is the last one whose heading has passed the upper third of the window. */
function follow() {
  let here = null;
  for (const heading of links.keys()) {
    if (heading.getBoundingClientRect().top > innerHeight / 3) break;
    here = heading;
  }
  for (const [heading, link] of links) {
    if (heading !== here) {
      link.removeAttribute("aria-current");
    } else if (!link.hasAttribute("aria-current")) {
      link.setAttribute("aria-current", "true");
      const box = link.closest(".toc");
      const [top, bottom] = [link.offsetTop, link.offsetTop + link.offsetHeight];
      if (top < box.scrollTop || bottom > box.scrollTop + box.clientHeight) box.scrollTop = top - box.clientHeight / 3;
    }
  }
}

let waiting = false;
function soon() {
  if (waiting) return;
  waiting = true;
  requestAnimationFrame(() => { waiting = false; follow(); });
}

/* On a small screen the contents close again once a heading was chosen. */
for (const link of links.values()) {
  link.addEventListener("click", () => {
    const box = link.closest("details");
    if (getComputedStyle(box.querySelector("summary")).display !== "none") box.open = false;
  });
}
addEventListener("scroll", soon, { passive: true });
addEventListener("resize", soon);
follow();
