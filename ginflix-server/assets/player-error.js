// Explains why a movie does not play, and what may help.

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
  server: "Wait a moment and try again. The administrator can find the cause in the server's log.",
  network: "Check the connection and try again. The film continues at the same place.",
  format: "This browser does not support the film's format or codec. Another browser may play it, and the downloaded file plays in most media players. MP4 with H.264 and AAC plays everywhere.",
  broken: "The file may be damaged, or use a codec that this browser supports only partly. Try again, or download the file.",
  picture: "It can play only the sound. Another browser may show the picture, and the downloaded file plays in most media players.",
};

/** What is said while another attempt is to come. */
const WAITING = { preparing: "It starts by itself in a moment. Only the first viewer has to wait." };

/** Reasons for which only loading the page again helps. */
const RELOADABLE = new Set(["denied", "expired"]);

/** Reasons for which a download helps, because the file itself may be fine. */
const DOWNLOADABLE = new Set(["format", "broken", "picture"]);

/** Seconds before each retry after a lost connection, for example when the server restarts. */
const RETRY_DELAYS = [1, 2, 4, 8, 15, 30];
/** Seconds for which a movie may be prepared. */
const LONGEST_PREPARATION = 600;

/** Handles errors of the video; a retry continues at the same position. */
export function explainErrors(video, player) {
  const box = document.getElementById("player-error");
  let retries = 0;
  let waited = 0;
  let retryTimer;
  let shouldPlay = false;

  video.addEventListener("loadedmetadata", () => {
    if (lacksPicture(video)) {
      if (!video.paused) refuse();
      return;
    }
    clearTimeout(retryTimer);
    box.hidden = true;
    waited = 0;
  });
  video.addEventListener("playing", () => { retries = 0; });
  video.addEventListener("play", () => {
    shouldPlay = true;
    if (video.readyState > HTMLMediaElement.HAVE_NOTHING && lacksPicture(video)) refuse();
  });
  video.addEventListener("pause", () => {
    // An error also pauses the video, but not on the viewer's request.
    if (!video.error) shouldPlay = false;
  });
  video.addEventListener("error", explain);
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

  function show(why, waitSeconds) {
    const delay = retryDelay(why, waitSeconds);
    box.querySelector(".problem-title").textContent = TITLES[why];
    box.querySelector(".problem-help").textContent = delay ? WAITING[why] ?? "Trying again." : HELP[why];
    box.querySelector("[download]").hidden = !DOWNLOADABLE.has(why);
    document.getElementById("player-retry").hidden = why === "picture" || RELOADABLE.has(why);
    document.getElementById("player-reload").hidden = !RELOADABLE.has(why);
    box.hidden = false;
    document.getElementById("resume").hidden = true;
    clearTimeout(retryTimer);
    if (delay) retryTimer = setTimeout(retry, delay * 1000);
  }

  /** Returns the seconds before the next attempt; undefined if no more are made. */
  function retryDelay(why, waitSeconds) {
    if (why === "preparing") {
      waited += waitSeconds;
      return waited <= LONGEST_PREPARATION ? waitSeconds : undefined;
    }
    if (why !== "network" && why !== "server") return undefined;
    retries += 1;
    return RETRY_DELAYS[retries - 1];
  }

  document.getElementById("player-retry").addEventListener("click", () => {
    shouldPlay = true;
    waited = 0;
    retry();
    video.focus();
  });
  document.getElementById("player-reload").addEventListener("click", () => location.reload());

  function retry() {
    clearTimeout(retryTimer);
    player.reload(shouldPlay);
  }
}

/** Returns whether the file has a picture of which the browser shows nothing. */
function lacksPicture(video) {
  return "hasPicture" in video.dataset && video.videoWidth === 0;
}

/**
 * Returns the reason of an error. Browsers report a missing file as an unsupported format, so this
 * requests the file once more.
 */
async function reason(video, method) {
  if (video.error?.code === MediaError.MEDIA_ERR_NETWORK && method !== "native") return "network";
  try {
    const { status, ok } = await fetch(video.currentSrc || video.dataset.file, { method: "HEAD" });
    if (status === 404) return "gone";
    if (status === 401 || status === 403) return "denied";
    // The page's signed link has expired.
    if (status === 410) return "expired";
    if (!ok) return "server";
  } catch {
    return "network";
  }
  return video.error?.code === MediaError.MEDIA_ERR_DECODE ? "broken" : "format";
}
