// The positions of an account, stored by the server. The page has the position of its movie, so that reading needs no
// request.

import { partOf } from "./position-rule.js";

/** Shortest time between two reports while a movie plays. */
const REPORT_INTERVAL_MS = 10_000;
/** Responses after which no report of this page can succeed: the session has ended, or the movie is gone. */
const PERMANENT_FAILURES = new Set([400, 401, 403, 404]);

/** Returns the positions of the account: `saved`, `save` and `clear`. */
export function accountPositions() {
  return new AccountPositions();
}

class AccountPositions {
  /** Positions by movie that are newer than those of the page; null for none. */
  #known = new Map();
  /** The position that is not reported yet: { movieId, at, of }. */
  #pending = null;
  #timer = null;
  /** The part of the movie that the last report was from. */
  #reportedPart = null;
  #lastReport = -Infinity;
  #isRefused = false;

  constructor() {
    addEventListener("pagehide", () => this.#flush());
    document.addEventListener("visibilitychange", () => {
      if (document.visibilityState === "hidden") this.#flush();
    });
    // The player stores the position of a pause in its own listener, which runs after this one.
    document.addEventListener("pause", () => setTimeout(() => this.#flush()), true);
  }

  saved = (movieId) => {
    if (this.#known.has(movieId)) return this.#known.get(movieId);
    const element = document.querySelector(`[data-position][data-movie-id="${CSS.escape(movieId)}"]`);
    const [at, of] = [Number(element?.dataset.position), Number(element?.dataset.duration)];
    return at > 0 && of > 0 ? { at, of } : null;
  };

  save = (movieId, at, of) => {
    const part = partOf(at, of);
    // Who looks at the beginning of a movie only has not begun to watch it.
    if (part === "beginning" && !this.saved(movieId)) return;
    this.#known.set(movieId, part === "middle" ? { at, of } : null);
    // At the beginning and at the end, it does not matter where exactly.
    if (part !== "middle" && part === this.#reportedPart) return;
    this.#pending = { movieId, at, of, part };
    if (part === "middle") this.#schedule();
    else this.#flush();
  };

  clear = (movieId) => {
    const isAtEnd = this.#pending?.movieId === movieId && this.#pending.part === "end";
    // The end of a movie has no position either, and marks it as watched.
    if (isAtEnd) this.#flush();
    else this.#pending = null;
    if (this.saved(movieId)) this.#request("DELETE", movieId);
    this.#known.set(movieId, null);
  };

  #schedule() {
    const wait = this.#lastReport + REPORT_INTERVAL_MS - performance.now();
    this.#timer ??= setTimeout(() => this.#flush(), Math.max(0, wait));
  }

  async #flush() {
    clearTimeout(this.#timer);
    this.#timer = null;
    const pending = this.#pending;
    if (!pending) return;
    this.#pending = null;
    this.#lastReport = performance.now();
    const { movieId, at, of } = pending;
    this.#reportedPart = pending.part;
    const isStored = await this.#request("PUT", movieId, { position_seconds: at, duration_seconds: of });
    if (!isStored && !this.#pending) {
      this.#pending = pending;
      this.#reportedPart = null;
      this.#schedule();
    }
  }

  /** Sends a request that outlives the page. Returns whether there is nothing to repeat. */
  async #request(method, movieId, json) {
    if (this.#isRefused) return true;
    const init = { method, keepalive: true };
    if (json) Object.assign(init, { body: JSON.stringify(json), headers: { "content-type": "application/json" } });
    try {
      const { status } = await fetch(`/api/v1/account/watching/${encodeURIComponent(movieId)}`, init);
      this.#isRefused = PERMANENT_FAILURES.has(status);
      return status < 400 || this.#isRefused;
    } catch {
      return false; // the server cannot be reached
    }
  }
}
