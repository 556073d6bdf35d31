// The buttons that remove a movie from the history, from the list and from the row of movies to continue.

import { clearPosition, hasAccount } from "./position.js";
import { send } from "./http.js";
import { say } from "./say.js";
import { toast } from "./dialog.js";

document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-remove-from]");
  if (!button) return;
  const { removeFrom, movieId } = button.dataset;
  button.disabled = true;
  try {
    if (hasAccount) await send("DELETE", `/api/v1/account/${removeFrom}/${movieId}`);
    else clearPosition(movieId);
    removeCard(button.closest("li"));
  } catch (failure) {
    button.disabled = false;
    toast(failure.message);
  }
});

/** Removes a card, and moves the focus to the next one, or away from what is empty then. */
function removeCard(item) {
  const list = item.parentElement;
  const neighbour = item.nextElementSibling ?? item.previousElementSibling;
  const name = item.querySelector(".card-title").textContent;
  item.remove();
  toast(say("script-removed", { name }));
  if (neighbour) {
    neighbour.querySelector("[data-remove-from]").focus();
    return;
  }
  const empty = document.getElementById("own-empty");
  if (empty) {
    // There may be another page.
    if (document.querySelector("[rel=next]")) location.reload();
    list.hidden = true;
    empty.hidden = false;
  } else {
    list.closest("section").hidden = true;
  }
  document.getElementById("main").focus();
}
