// Messages to the user: a toast, a question, an error in a form.

const TOAST_MS = 6000;
let hiding;

/** Shows a short message for a few seconds. */
export function toast(message) {
  const element = document.getElementById("toast");
  element.textContent = message;
  element.classList.add("shown");
  clearTimeout(hiding);
  hiding = setTimeout(() => element.classList.remove("shown"), TOAST_MS);
}

/** Asks before something is lost; resolves to true for yes. Escape and "Keep" mean no. */
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

/** Shows an error in its element and scrolls to it; null clears the element. */
export function showError(element, message) {
  element.textContent = message ?? "";
  element.hidden = !message;
  if (message) element.scrollIntoView({ block: "nearest" });
}
