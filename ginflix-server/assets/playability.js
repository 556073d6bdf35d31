// Says before the first click what this browser cannot play of a movie.

import { say } from "./say.js";

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
  const withOthers = (sentence, others) => (browsers ? `${sentence} ${others}` : sentence);
  switch (missing) {
    case "picture":
      return withOthers(say("script-no-picture", { codec: video.name }), say("script-shown-by", { browsers }));
    case "sound":
      return withOthers(say("script-no-sound", { codec: tracks[audio].name }), say("script-heard-in", { browsers }));
    case "hls.js":
      return say("script-no-hls-js");
    default:
      return withOthers(say("script-no-play"), say("script-played-by", { browsers }));
  }
}
