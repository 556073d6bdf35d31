// Explains why a movie does not play, and what may help. After a lost connection, it tries again until the server is back.

import { explainWaiting } from "./buffering.js";
import { obstacle } from "./reachable.js";
import { say } from "./say.js";

const TITLES = {
  preparing: say("script-trouble-preparing"),
  expired: say("script-trouble-expired"),
  gone: say("script-trouble-gone"),
  denied: say("script-trouble-denied"),
  server: say("script-trouble-server"),
  network: say("script-trouble-network"),
  format: say("script-trouble-format"),
  broken: say("script-trouble-broken"),
  picture: say("script-trouble-picture"),
};

const HELP = {
  preparing: say("script-trouble-preparing-help"),
  expired: say("script-trouble-expired-help"),
  gone: say("script-trouble-gone-help"),
  denied: say("script-trouble-denied-help"),
  server: say("script-trouble-server-help"),
  network: say("script-trouble-network-help"),
  format: say("script-trouble-format-help"),
  broken: say("script-trouble-broken-help"),
  picture: say("script-trouble-picture-help"),
};

/** What is said of a movie that is being prepared while another attempt is to come. */
const PREPARING = say("script-trouble-preparing-soon");

/** Reasons for which only loading the page again helps. */
const RELOADABLE = new Set(["denied", "expired"]);

/** Reasons for which a download helps, because the file itself may be fine. */
const DOWNLOADABLE = new Set(["format", "broken", "picture"]);

/** Seconds before each attempt after a lost connection; the last one holds for all that follow. */
const RETRY_DELAYS = [1, 2, 4, 8, 15];
/** Seconds for which a movie may be prepared. */
const LONGEST_PREPARATION = 600;

/** Handles errors of the video; a retry continues at the same position. */
export function explainErrors(video, player) {
  const box = document.getElementById("player-error");
  let retries = 0;
  let waited = 0;
  let retryTimer;
  /** The function that tries again, if the page is waiting for the server. */
  let attempt = null;
  let shouldPlay = false;

  video.addEventListener("loadedmetadata", () => {
    if (lacksPicture(video)) {
      if (!video.paused) refuse();
      return;
    }
    hide();
    waited = 0;
  });
  video.addEventListener("playing", () => {
    retries = 0;
    hide();
  });
  video.addEventListener("play", () => {
    shouldPlay = true;
    if (video.readyState > HTMLMediaElement.HAVE_NOTHING && lacksPicture(video)) refuse();
  });
  video.addEventListener("pause", () => {
    // An error also pauses the video, but not on the viewer's request.
    if (!video.error) shouldPlay = false;
  });
  video.addEventListener("error", explain);
  explainWaiting(video, show);
  player.addEventListener("failure", ({ detail }) => show(detail.why, detail.waitSeconds));
  // The video may have failed before this script ran.
  if (video.error) explain();

  /** Ends a playback that would have sound only. */
  function refuse() {
    video.dataset.refused = "true";
    player.stop();
    video.removeAttribute("src");
    video.load();
    show("picture");
  }

  async function explain() {
    // A video without a source fails, too; hls.js reports its own errors.
    if (video.dataset.refused || player.choice?.method === "hls.js") return;
    show(await reason(video, player.choice?.method));
  }

  function hide() {
    clearTimeout(retryTimer);
    attempt = null;
    box.hidden = true;
  }

  function show(why, waitSeconds = 0) {
    clearTimeout(retryTimer);
    attempt = null;
    const isPreparing = why === "preparing" && waited < LONGEST_PREPARATION;
    box.querySelector(".problem-title").textContent = TITLES[why];
    box.querySelector(".problem-help").textContent = isPreparing ? PREPARING : HELP[why];
    // The owner of the server decides whether there is one.
    box.querySelector("[download]")?.toggleAttribute("hidden", !DOWNLOADABLE.has(why));
    document.getElementById("player-retry").hidden = why === "picture" || RELOADABLE.has(why);
    document.getElementById("player-reload").hidden = !RELOADABLE.has(why);
    box.hidden = false;
    document.getElementById("resume").hidden = true;
    if (isPreparing) {
      waited += waitSeconds;
      retryTimer = setTimeout(reload, waitSeconds * 1000);
    } else if (why === "network" || why === "server") {
      attempt = tryAgain;
      const delay = RETRY_DELAYS[Math.min(retries, RETRY_DELAYS.length - 1)];
      retries += 1;
      retryTimer = setTimeout(tryAgain, delay * 1000);
    }
  }

  /** Loads the movie again if the server sends it; else says why not, and goes on waiting. */
  async function tryAgain() {
    clearTimeout(retryTimer);
    const current = attempt;
    const why = await obstacle(video.dataset.file);
    // Meanwhile, the movie may play again, or the viewer may have pressed the button.
    if (current !== attempt) return;
    if (why) show(why);
    else reload();
  }

  // The connection may be back at once.
  const hurry = () => {
    if (attempt && document.visibilityState === "visible") attempt();
  };
  addEventListener("online", hurry);
  document.addEventListener("visibilitychange", hurry);

  document.getElementById("player-retry").addEventListener("click", () => {
    shouldPlay = true;
    waited = 0;
    reload();
    video.focus();
  });
  document.getElementById("player-reload").addEventListener("click", () => location.reload());

  function reload() {
    clearTimeout(retryTimer);
    attempt = null;
    player.reload(shouldPlay);
  }
}

/** Returns whether the file has a picture of which the browser shows nothing. */
function lacksPicture(video) {
  return "hasPicture" in video.dataset && video.videoWidth === 0;
}

/** Returns the reason of an error. Browsers report a missing file as an unsupported format, so this asks the server. */
async function reason(video, method) {
  if (video.error?.code === MediaError.MEDIA_ERR_NETWORK && method !== "native") return "network";
  const why = await obstacle(video.dataset.file);
  if (why) return why;
  return video.error?.code === MediaError.MEDIA_ERR_DECODE ? "broken" : "format";
}
