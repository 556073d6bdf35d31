// Says before the first click what this browser cannot play of a movie.

/**
 * Fills and shows the note under the player, if the chosen method lacks something. A playback without picture or sound
 * is then no view.
 */
export function warnBeforePlaying(video, options, { missing, audio }) {
  if (!missing) return;
  video.dataset.incomplete = "true";
  const note = document.getElementById("playing");
  const text = note?.querySelector("span");
  // The server's own note is the same for all browsers.
  if (!text) return;
  text.textContent = warning(missing, options, audio);
  note.hidden = false;
}

function warning(missing, { video, audio: tracks, browsers }, audio) {
  const others = (what) => (browsers ? ` ${browsers} can ${what} it.` : "");
  switch (missing) {
    case "picture":
      return `This browser cannot show the picture of this film, which is ${video.name}: you would only hear it.${others("show")}`;
    case "sound":
      return `This browser cannot play the sound of this film, which is ${tracks[audio].name}: you would only see it.${others("play")}`;
    case "hls.js":
      return "This browser needs hls.js to play this film, which is missing on this server: it was built without npm. The administrator can install npm and build it again.";
    default:
      return `This browser cannot play this film.${others("play")}`;
  }
}
