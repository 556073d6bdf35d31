// Reports what was really played, so that the server can count a view.
//
// Nothing is sent before the movie plays. Every report contains all that was played so far, so a
// lost or repeated report does no harm.

import { send } from "./http.js";

const REPORT_INTERVAL_MS = 10_000;
/** Time after which the server is asked again whether the streamers confirmed the view. */
const CONFIRMATION_INTERVAL_MS = 2_000;
/** Largest number of ranges in one report. */
const MAX_RANGES = 1000;

/** Returns where playbacks of a movie are reported. */
export function playbacksOf(movieId) {
  return { path: "/api/v1/playbacks", query: "", json: { movie_id: movieId } };
}

/** Returns where playbacks are reported by the holder of a signed link, which the URL has. */
export function playbacksAt(url) {
  const { pathname, search } = new URL(url, location.href);
  return { path: pathname, query: search };
}

/**
 * Starts a playback when the video first plays, and reports what `playedRanges` returns until the page is closed. `target` is
 * of the functions above.
 */
export function countViews(video, target, playedRanges, onCounted) {
  let playback = null;
  let starting = null;
  let timer = null;
  let retry = null;
  let sent = "";

  const urlOf = ({ id }) => `${target.path}/${id}${target.query}`;

  async function start() {
    try {
      // Without picture or sound it is no view.
      if (video.dataset.incomplete) return;
      playback = await send("POST", target.path + target.query, { json: target.json });
    } catch {
      // The movie plays without it; the next report tries again.
    } finally {
      starting = null;
    }
  }

  function playedSeconds() {
    return playedRanges().reduce((seconds, { start, end }) => seconds + end - start, 0);
  }

  /**
   * Schedules another report if enough was played, but by the server's clock not long enough, or if
   * the streamers have not confirmed yet that they sent it.
   */
  function retryLater(reported) {
    if (reported.counted || playedSeconds() < reported.needed_seconds) return;
    const missing = reported.needed_seconds - reported.watched_seconds;
    // The streamers did not confirm it: only a report with more can change that.
    if (missing <= 0 && !reported.awaiting_evidence) return;
    const delay = missing > 0 ? missing * 1000 + 250 : CONFIRMATION_INTERVAL_MS;
    retry ??= setTimeout(() => {
      retry = null;
      sent = "";
      sendReport();
    }, delay);
  }

  function report() {
    const ranges = playedRanges().slice(0, MAX_RANGES);
    return JSON.stringify({ position_seconds: video.currentTime, played: ranges });
  }

  async function sendReport() {
    if (!playback) {
      if (!video.paused) starting ??= start();
      return;
    }
    const body = report();
    if (body === sent) return;
    try {
      const reported = await send("POST", urlOf(playback), {
        body,
        headers: { "content-type": "application/json" },
      });
      sent = body;
      if (reported.counted && video.dataset.counted !== "true") {
        video.dataset.counted = "true";
        onCounted();
      }
      retryLater(reported);
    } catch (failure) {
      // The server has forgotten this playback; the next report starts another.
      if (failure.status === 404 || failure.status === 410) playback = null;
    }
  }

  /** Sends the last report by a beacon, which outlives the page. */
  function sendLastReport() {
    if (!playback) return;
    const body = report();
    if (body !== sent && navigator.sendBeacon(urlOf(playback), body)) sent = body;
  }

  video.addEventListener("playing", () => {
    starting ??= playback ? null : start();
    timer ??= setInterval(sendReport, REPORT_INTERVAL_MS);
  });
  for (const stopped of ["pause", "ended", "error"]) {
    video.addEventListener(stopped, () => {
      clearInterval(timer);
      timer = null;
      sendReport();
    });
  }
  addEventListener("pagehide", sendLastReport);
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "hidden") sendLastReport();
  });
}
