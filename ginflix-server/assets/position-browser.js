// The positions of visitors, stored in this browser only.

import { partOf } from "./position-rule.js";

const PREFIX = "ginflix:position:";
/** Largest number of positions. The oldest ones are dropped. */
const MAX_POSITIONS = 200;

/** Returns the positions of visitors: `saved`, `save` and `clear`. */
export function browserPositions() {
  return { saved, save, clear };
}

function saved(movieId) {
  try {
    const { at, of } = JSON.parse(localStorage.getItem(PREFIX + movieId));
    return Number.isFinite(at) && of > 0 ? { at, of } : null;
  } catch {
    return null;
  }
}

function save(movieId, at, of) {
  if (partOf(at, of) !== "middle") {
    clear(movieId);
    return;
  }
  try {
    const isNew = localStorage.getItem(PREFIX + movieId) === null;
    localStorage.setItem(PREFIX + movieId, JSON.stringify({ at, of, when: Date.now() }));
    if (isNew) for (const old of latestPositions().slice(MAX_POSITIONS)) clear(old);
  } catch {
    // The storage is disabled or full; the movie plays without it.
  }
}

function clear(movieId) {
  try {
    localStorage.removeItem(PREFIX + movieId);
  } catch {
    // The storage is disabled, so there is no position.
  }
}

/** Returns the ids of the movies with a position, the latest first. */
export function latestPositions() {
  try {
    const keys = Object.keys(localStorage).filter((key) => key.startsWith(PREFIX));
    const times = keys.map((key) => [key.slice(PREFIX.length), timeOf(localStorage.getItem(key))]);
    return times.sort(([, a], [, b]) => b - a).map(([movieId]) => movieId);
  } catch {
    return [];
  }
}

/** Returns when a position was stored; 0 for one of an earlier version. */
function timeOf(json) {
  try {
    const { when } = JSON.parse(json);
    return Number.isFinite(when) ? when : 0;
  } catch {
    return 0;
  }
}

/** Removes all positions, at the log-out. */
export function clearAllPositions() {
  for (const movieId of latestPositions()) clear(movieId);
}
