// Reports what was really played, so that the server can count a view.
//
// Nothing is sent before the film plays. Every report is the whole of what was
// played, so one that is lost or sent twice does no harm.

import { send } from "./http.js";

const EVERY_MS = 10_000;
/** As many stretches as one report may name. */
const MAX_RANGES = 1000;

/** Starts a playback at the first real playing and reports until the page goes. */
export function countViews(video, movieId, onCounted) {
  let playback = null;
  let starting = null;
  let timer = null;
  let again = null;
  let sent = "";

  async function start() {
    try {
      playback = await send("POST", "/api/v1/playbacks", { json: { movie_id: movieId } });
    } catch {
      // Watching goes on; the next tick tries again.
    } finally {
      starting = null;
    }
  }

  function playedSeconds() {
    let seconds = 0;
    for (let i = 0; i < video.played.length; i += 1) {
      seconds += video.played.end(i) - video.played.start(i);
    }
    return seconds;
  }

  /** Enough was played, but the server's clock has not run as far yet: ask again when it has. */
  function askAgain(known) {
    if (known.counted || playedSeconds() < known.needed_seconds) return;
    const missing = known.needed_seconds - known.watched_seconds;
    again ??= setTimeout(() => {
      again = null;
      sent = "";
      tick();
    }, missing * 1000 + 250);
  }

  function report() {
    const ranges = [];
    for (let i = 0; i < video.played.length && i < MAX_RANGES; i += 1) {
      ranges.push({ start: video.played.start(i), end: video.played.end(i) });
    }
    return JSON.stringify({ position_seconds: video.currentTime, played: ranges });
  }

  async function tick() {
    if (!playback) {
      if (!video.paused) starting ??= start();
      return;
    }
    const body = report();
    if (body === sent) return;
    try {
      const known = await send("POST", `/api/v1/playbacks/${playback.id}`, {
        body,
        headers: { "content-type": "application/json" },
      });
      sent = body;
      if (known.counted && video.dataset.counted !== "true") {
        video.dataset.counted = "true";
        onCounted(true);
      }
      askAgain(known);
    } catch (refused) {
      // The server knows this playback no more: the next tick starts another.
      if (refused.status === 404 || refused.status === 410) playback = null;
    }
  }

  /** The last words of a page: a beacon outlives it. */
  function farewell() {
    if (!playback) return;
    const body = report();
    if (body !== sent && navigator.sendBeacon(`/api/v1/playbacks/${playback.id}`, body)) sent = body;
  }

  video.addEventListener("playing", () => {
    starting ??= playback ? null : start();
    timer ??= setInterval(tick, EVERY_MS);
  });
  for (const stopped of ["pause", "ended", "error"]) {
    video.addEventListener(stopped, () => {
      clearInterval(timer);
      timer = null;
      tick();
    });
  }
  addEventListener("pagehide", farewell);
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "hidden") farewell();
  });
}
