// Explains why a movie does not play, and what may help.

const TITLES = {
  gone: "The file of this movie is missing on the server",
  denied: "You may not watch this film",
  server: "The server cannot send this film right now",
  network: "The connection to the server was lost",
  format: "This browser cannot play this film",
  broken: "The film could not be decoded",
};

const HELP = {
  gone: "The movie is in the catalogue, but its file is not on the server. The administrator can upload it again.",
  denied: "Your session may have ended. Log in and open the page again.",
  server: "Wait a moment and try again. The administrator can find the cause in the server's log.",
  network: "Check the connection and try again. The film continues at the same place.",
  format: "This browser does not support the film's format or codec. Another browser may play it, and the downloaded file plays in most media players. MP4 with H.264 and AAC plays everywhere.",
  broken: "The file may be damaged, or use a codec that this browser supports only partly. Try again, or download the file.",
};

/** Reasons for which a download helps, because the file itself may be fine. */
const DOWNLOADABLE = new Set(["format", "broken"]);

/** Seconds before each retry after a lost connection, for example when the server restarts. */
const RETRY_DELAYS = [1, 2, 4, 8, 15, 30];

/** Handles errors of the video; a retry continues at the same position. */
export function explainErrors(video) {
  const box = document.getElementById("player-error");
  let position = 0;
  let retries = 0;
  let retryTimer;
  let shouldPlay = false;

  video.addEventListener("timeupdate", () => {
    // While the video loads again, its position is 0.
    if (video.readyState > HTMLMediaElement.HAVE_NOTHING) position = video.currentTime;
  });
  video.addEventListener("loadedmetadata", () => {
    if (box.hidden) return;
    box.hidden = true;
    video.currentTime = position;
  });
  video.addEventListener("playing", () => { retries = 0; });
  video.addEventListener("play", () => { shouldPlay = true; });
  video.addEventListener("pause", () => {
    // An error also pauses the video, but not on the viewer's request.
    if (!video.error) shouldPlay = false;
  });
  video.addEventListener("error", explain);
  // The video may have failed before this script ran.
  if (video.error) explain();

  async function explain() {
    const why = await reason(video);
    const delay = why === "network" || why === "server" ? RETRY_DELAYS[retries] : undefined;
    box.querySelector(".problem-title").textContent = TITLES[why];
    box.querySelector(".problem-help").textContent = delay ? "Trying again." : HELP[why];
    box.querySelector("[download]").hidden = !DOWNLOADABLE.has(why);
    box.hidden = false;
    document.getElementById("resume").hidden = true;
    clearTimeout(retryTimer);
    if (delay) {
      retries += 1;
      retryTimer = setTimeout(retry, delay * 1000);
    }
  }

  document.getElementById("player-retry").addEventListener("click", () => {
    shouldPlay = true;
    retry();
    video.focus();
  });

  function retry() {
    clearTimeout(retryTimer);
    video.load();
    if (shouldPlay) video.play().catch(() => {});
  }
}

/**
 * Returns the reason of an error. Browsers report a missing file as an unsupported format, so this
 * requests the file once more.
 */
async function reason(video) {
  if (video.error?.code === MediaError.MEDIA_ERR_NETWORK) return "network";
  try {
    const { status, ok } = await fetch(video.currentSrc || video.src, { method: "HEAD" });
    if (status === 404) return "gone";
    // 410 means that the page's signed link has expired.
    if (status === 401 || status === 403 || status === 410) return "denied";
    if (!ok) return "server";
  } catch {
    return "network";
  }
  return video.error?.code === MediaError.MEDIA_ERR_DECODE ? "broken" : "format";
}
