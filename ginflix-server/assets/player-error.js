// Says in plain words why a film does not play and what may help.

const TITLES = {
  gone: "The file of this movie is missing on the server",
  denied: "This film is not open to you",
  server: "The server has trouble sending this film",
  network: "The connection to the server was lost",
  format: "This browser cannot play this film",
  broken: "The film could not be decoded",
};

const HELP = {
  gone: "Its entry is in the catalogue, but the file is not on the volume. Whoever runs this server can upload it again.",
  denied: "Your log-in may have ended. Log in and open the page again.",
  server: "Wait a moment and try again. The administrator finds the cause in the server's log.",
  network: "Playing goes on from the same place once the server is reached again.",
  format: "Its format or codec is not supported here. Another browser may play it; a downloaded file plays in any media player. MP4 with H.264 and AAC plays everywhere.",
  broken: "The file may be damaged, or uses a codec that this browser supports only in part. Try again, or download it.",
};

/** Where the file itself is fine, it can be had without this player. */
const DOWNLOADABLE = new Set(["format", "broken"]);

/** Seconds before each try after a lost connection, such as a server's restart. */
const RETRY_AFTER = [1, 2, 4, 8, 15, 30];

/** Watches the video for errors; another try goes on at the same place. */
export function explainErrors(video) {
  const box = document.getElementById("player-error");
  let at = 0;
  let tries = 0;
  let retrying;
  let wanted = false;

  video.addEventListener("timeupdate", () => {
    // Loading anew sets the position back; that is not where the viewer was.
    if (video.readyState > HTMLMediaElement.HAVE_NOTHING) at = video.currentTime;
  });
  video.addEventListener("loadedmetadata", () => {
    if (box.hidden) return;
    box.hidden = true;
    video.currentTime = at;
  });
  video.addEventListener("playing", () => { tries = 0; });
  video.addEventListener("play", () => { wanted = true; });
  video.addEventListener("pause", () => {
    // An error pauses too, but the viewer still wants to watch.
    if (!video.error) wanted = false;
  });
  video.addEventListener("error", explain);
  // A missing file may have been refused before this script came.
  if (video.error) explain();

  async function explain() {
    const why = await reason(video);
    const wait = why === "network" || why === "server" ? RETRY_AFTER[tries] : undefined;
    box.querySelector(".problem-title").textContent = TITLES[why];
    box.querySelector(".problem-help").textContent = wait ? "Trying again by itself." : HELP[why];
    box.querySelector("[download]").hidden = !DOWNLOADABLE.has(why);
    box.hidden = false;
    document.getElementById("resume").hidden = true;
    clearTimeout(retrying);
    if (wait) {
      tries += 1;
      retrying = setTimeout(retry, wait * 1000);
    }
  }

  document.getElementById("player-retry").addEventListener("click", () => {
    wanted = true;
    retry();
    video.focus();
  });

  function retry() {
    clearTimeout(retrying);
    video.load();
    if (wanted) video.play().catch(() => {});
  }
}

/** Browsers report a missing file as an unknown format, so ask the server. */
async function reason(video) {
  if (video.error?.code === MediaError.MEDIA_ERR_NETWORK) return "network";
  try {
    const { status, ok } = await fetch(video.currentSrc || video.src, { method: "HEAD" });
    if (status === 404) return "gone";
    // 410: the page's signed link has expired.
    if (status === 401 || status === 403 || status === 410) return "denied";
    if (!ok) return "server";
  } catch {
    return "network";
  }
  return video.error?.code === MediaError.MEDIA_ERR_DECODE ? "broken" : "format";
}
