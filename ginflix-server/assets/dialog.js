// Short words to the user: a toast, a question, an error in a form.

let hiding;

/** Says something that needs no answer. */
export function toast(words) {
  const place = document.getElementById("toast");
  place.textContent = words;
  place.classList.add("shown");
  clearTimeout(hiding);
  hiding = setTimeout(() => place.classList.remove("shown"), 6000);
}

/** Asks before something is lost; true for yes. Escape and "Keep" are no. */
export function confirmed({ title, text, yes }) {
  const dialog = document.getElementById("confirm");
  dialog.querySelector("#confirm-title").textContent = title;
  dialog.querySelector("#confirm-text").textContent = text;
  dialog.querySelector("#confirm-yes").textContent = yes;
  dialog.returnValue = "no";
  dialog.showModal();
  return new Promise((resolve) => {
    dialog.addEventListener("close", () => resolve(dialog.returnValue === "yes"), { once: true });
  });
}

/** Shows or clears an error in its place and brings it into view. */
export function showError(place, words) {
  place.textContent = words ?? "";
  place.hidden = !words;
  if (words) place.scrollIntoView({ block: "nearest" });
}
