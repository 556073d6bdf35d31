// The position at which each movie was left: that of the account if somebody is logged in, else one that only this browser
// has.
//
// The positions of visitors and of accounts stay apart. A browser may have several users, so what was watched before a
// log-in is not necessarily of the one who logs in.

import { accountPositions } from "./position-account.js";
import { browserPositions } from "./position-browser.js";
import { say } from "./say.js";

/** Whether the page was made for an account, and not for a visitor or an API token. */
export const hasAccount = document.querySelector(".menu[data-account]") !== null;

const positions = hasAccount ? accountPositions() : browserPositions();

/** Returns the stored position of a movie, { at, of } in seconds, or null. */
export function savedPosition(movieId) {
  return positions.saved(movieId);
}

/** Stores the position; near the start and the end, removes the stored one. May be called as often as the position changes. */
export function savePosition(movieId, at, of) {
  if (Number.isFinite(at) && Number.isFinite(of) && of > 0) positions.save(movieId, at, of);
}

/** Removes the stored position. */
export function clearPosition(movieId) {
  positions.clear(movieId);
}

/** Adds a progress bar to the cards of movies with a stored position, unless the server has done that. */
export function markCards(root) {
  if (hasAccount) return;
  for (const card of root.querySelectorAll("a.card[data-movie-id]")) {
    const position = savedPosition(card.dataset.movieId);
    if (!position || card.querySelector("progress")) continue;
    const bar = document.createElement("progress");
    bar.max = position.of;
    bar.value = position.at;
    bar.setAttribute("aria-label", say("watching-so-far"));
    card.querySelector(".poster").append(bar);
  }
}
