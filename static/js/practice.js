// The choice stands in the address while it is made, so that it can be bookmarked. Without script the links do it.
const form = document.querySelector("#builder");

form?.addEventListener("change", () => {
  const query = new URLSearchParams();
  const usual = { focus: "adaptive", length: "10", feel: "usual", feedback: "at-once" };
  for (const [name, value] of new FormData(form)) {
    const hidden = ["csrfmiddlewaretoken", "operation_id"].includes(name);
    if (value && !hidden && usual[name] !== value) query.append(name, value);
  }
  const text = query.toString();
  history.replaceState(null, "", form.dataset.practice + (text ? `?${text}` : ""));
});
