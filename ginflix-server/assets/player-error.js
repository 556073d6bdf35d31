// Explains why a movie does not play, and what may help. After a lost connection, it tries again until the server is back.

import { explainWaiting } from "./buffering.js";
import { obstacle } from "./reachable.js";

const TITLES = {
  preparing: "The film is being prepared",
  expired: "This page has been open for too long",
  gone: "The file of this movie is missing on the server",
  denied: "You may not watch this film",
  server: "The server cannot send this film right now",
  network: "The connection to the server was lost",
  format: "This browser cannot play this film",
  broken: "The film could not be decoded",
  picture: "This browser cannot show the picture of this film",
};

const HELP = {
  preparing: "The server did not finish in time. Wait a few minutes and try again.",
  expired: "Its link to the film is no longer valid. Load the page again: the film continues at the same place.",
  gone: "The movie is in the catalogue, but its file is not on the server. The administrator can upload it again.",
  denied: "Your session may have ended. Load the page again, and log in if you are asked to: the film continues at the same place.",
  server: "The page tries again by itself, and the film continues at the same place. If this lasts, tell the administrator.",
  network: "The page tries again by itself, and the film continues at the same place.",
  format: "This browser does not support the film's format or codec. Another browser may play it, and the downloaded file plays in most media players. MP4 with H.264 and AAC plays everywhere.",
  broken: "The file may be damaged, or use a codec that this browser supports only partly. Try again, or download the file.",
  picture: "It can play only the sound. Another browser may show the picture, and the downloaded file plays in most media players.",
};

/** What is said of a movie that is being prepared while another attempt is to come. */
const PREPARING = "It starts by itself in a moment. Only the first viewer has to wait.";

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
    box.querySelector("[download]").hidden = !DOWNLOADABLE.has(why);
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
