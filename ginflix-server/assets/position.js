// Where each movie was left, kept in this browser alone.

const PREFIX = "ginflix:position:";
/** What is watched within the first or last seconds is not worth keeping. */
const EDGE = 15;

/** The position kept for a movie: { at, of } in seconds, or null. */
export function kept(movieId) {
  try {
    const { at, of } = JSON.parse(localStorage.getItem(PREFIX + movieId));
    return Number.isFinite(at) && of > 0 ? { at, of } : null;
  } catch {
    return null;
  }
}

/** Keeps the position, or forgets it at the very start and near the end. */
export function keep(movieId, at, of) {
  try {
    const end = Math.max(EDGE, of * 0.03);
    if (!Number.isFinite(of) || at < Math.min(EDGE, of / 4) || at > of - Math.min(end, of / 4)) {
      localStorage.removeItem(PREFIX + movieId);
    } else {
      localStorage.setItem(PREFIX + movieId, JSON.stringify({ at, of }));
    }
  } catch {
    // Storage is off or full: playing goes on without.
  }
}

/** Forgets the position. */
export function forget(movieId) {
  try {
    localStorage.removeItem(PREFIX + movieId);
  } catch {
    // As above.
  }
}

/** Draws a bar on the cards of movies that were begun. */
export function markCards(root) {
  for (const card of root.querySelectorAll("a.card[data-movie-id]")) {
    const position = kept(card.dataset.movieId);
    if (!position || card.querySelector("progress")) continue;
    const bar = document.createElement("progress");
    bar.max = position.of;
    bar.value = position.at;
    bar.setAttribute("aria-label", "Watched so far");
    card.querySelector(".poster").append(bar);
  }
}
