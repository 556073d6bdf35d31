// What buttons, keys and the controls of the system do with the video. Each returns a message for the picture.

import { prefer } from "./preferences.js";
import { say } from "./say.js";

/** The speeds that can be chosen. */
export const RATES = [0.5, 0.75, 1, 1.25, 1.5, 1.75, 2];
/** The frames a second of a movie of which the rate is not known. */
const USUAL_FRAME_RATE = 25;

/** Plays or pauses. */
export function togglePlay(video) {
  if (video.ended) video.currentTime = 0;
  if (video.paused) video.play().catch(() => {});
  else video.pause();
  return video.paused ? say("script-paused") : say("script-playing");
}

/** Seeks by this number of seconds, within the movie. */
export function seekBy(video, seconds) {
  if (!seekTo(video, video.currentTime + seconds)) return null;
  return `${seconds > 0 ? "+" : "−"}${say("duration-seconds", { seconds: Math.abs(seconds) })}`;
}

/** Seeks to a tenth of the movie, from 0 to 9. */
export function seekToTenth(video, tenth) {
  return seekTo(video, (video.duration * tenth) / 10) ? say("script-percent", { percent: tenth * 10 }) : null;
}

/** Seeks to the start or the end. */
export function seekToEdge(video, isEnd) {
  return seekTo(video, isEnd ? video.duration : 0) ? (isEnd ? say("script-end") : say("script-start")) : null;
}

/** Seeks to a time in seconds; returns whether the length is known. */
export function seekTo(video, seconds) {
  if (!Number.isFinite(video.duration)) return false;
  video.currentTime = Math.min(video.duration, Math.max(0, seconds));
  return true;
}

/** Pauses, and shows the picture before or after this one. */
export function stepPicture(video, pictures, frameRate) {
  video.pause();
  seekTo(video, video.currentTime + pictures / (frameRate || USUAL_FRAME_RATE));
  return pictures > 0 ? say("script-next-picture") : say("script-previous-picture");
}

/** Changes the volume by a part of it, from -1 to 1. */
export function changeVolume(video, step) {
  setVolume(video, video.volume + step);
  if (step > 0) video.muted = false;
  return say("script-volume", { percent: Math.round(video.volume * 100) });
}

/** Sets the volume, from 0 to 1. */
export function setVolume(video, volume) {
  video.volume = Math.min(1, Math.max(0, Math.round(volume * 100) / 100));
}

/** Mutes or unmutes. */
export function toggleMute(video) {
  video.muted = !video.muted;
  // The key unmutes what was turned down to nothing, too.
  if (!video.muted && video.volume === 0) setVolume(video, 0.5);
  return video.muted ? say("script-sound-off") : say("script-sound-on");
}

/** Sets the speed. */
export function setRate(video, rate) {
  video.defaultPlaybackRate = rate;
  video.playbackRate = rate;
  prefer("rate", rate);
  return say("script-speed", { rate });
}

/** Goes to the next faster or slower speed. */
export function stepRate(video, step) {
  const rates = step > 0 ? RATES : RATES.toReversed();
  const isFurther = (rate) => (step > 0 ? rate > video.playbackRate : rate < video.playbackRate);
  return setRate(video, rates.find(isFurther) ?? rates.at(-1));
}

/** Lets the video float above other windows, or returns it. */
export function togglePictureInPicture(video) {
  if (document.pictureInPictureElement) document.exitPictureInPicture();
  else video.requestPictureInPicture?.().catch(() => {});
}
