// allauth tells of a passkey that was not given by an event; the page says it in words, where the button is.
document.addEventListener("allauth.error", (event) => {
  const place = document.querySelector("[data-passkey-trouble]");
  if (!place) return;
  event.preventDefault();
  place.hidden = true; // shown anew, so that it is read out anew
  requestAnimationFrame(() => { place.hidden = false; });
});
