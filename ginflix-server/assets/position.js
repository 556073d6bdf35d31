// The position at which each movie was left, stored in this browser only.

const PREFIX = "ginflix:position:";
/** A position within the first or last seconds is not stored. */
const EDGE_SECONDS = 15;

/** Returns the stored position of a movie, { at, of } in seconds, or null. */
export function savedPosition(movieId) {
  try {
    const { at, of } = JSON.parse(localStorage.getItem(PREFIX + movieId));
    return Number.isFinite(at) && of > 0 ? { at, of } : null;
  } catch {
    return null;
  }
}

/** Stores the position; near the start and the end, removes the stored one. */
export function savePosition(movieId, at, of) {
  try {
    const end = Math.max(EDGE_SECONDS, of * 0.03);
    if (!Number.isFinite(of) || at < Math.min(EDGE_SECONDS, of / 4) || at > of - Math.min(end, of / 4)) {
      localStorage.removeItem(PREFIX + movieId);
    } else {
      localStorage.setItem(PREFIX + movieId, JSON.stringify({ at, of }));
    }
  } catch {
    // The storage is disabled or full; the movie plays without it.
  }
}

/** Removes the stored position. */
export function clearPosition(movieId) {
  try {
    localStorage.removeItem(PREFIX + movieId);
  } catch {
    // The storage is disabled, so there is no position.
  }
}

/** Adds a progress bar to the cards of movies with a stored position. */
export function markCards(root) {
  for (const card of root.querySelectorAll("a.card[data-movie-id]")) {
    const position = savedPosition(card.dataset.movieId);
    if (!position || card.querySelector("progress")) continue;
    const bar = document.createElement("progress");
    bar.max = position.of;
    bar.value = position.at;
    bar.setAttribute("aria-label", "Watched so far");
    card.querySelector(".poster").append(bar);
  }
}
