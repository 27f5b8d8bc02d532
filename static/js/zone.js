// The browser knows its time zone. A hidden field takes it; a list with another choice offers it.
const zone = Intl.DateTimeFormat().resolvedOptions().timeZone || "";

for (const field of document.querySelectorAll("[data-zone-fill]")) field.value = zone;

const list = document.querySelector("[data-zone-list]");
const offer = document.querySelector("[data-zone-offer]");
const shows = () => { if (offer) offer.hidden = !known || list.value === zone; };
const known = list && [...list.options].some((option) => option.value === zone);

if (offer && known) {
  offer.querySelector("[data-zone-name]").textContent = zone.replaceAll("_", " ");
  offer.querySelector("button").addEventListener("click", () => {
    list.value = zone;
    shows();
    list.focus();
  });
  list.addEventListener("change", shows);
  shows();
}
