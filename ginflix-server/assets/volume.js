// The volume: its button and slider, remembered for the next movie.

import { setVolume, toggleMute } from "./actions.js";
import { prefer, preference } from "./preferences.js";
import { say } from "./say.js";

/** Sets the remembered volume, and connects the controls. */
export function offerVolume(video) {
  const button = document.getElementById("mute");
  const slider = document.getElementById("volume");
  setVolume(video, preference("volume"));
  video.muted = preference("muted");

  const refresh = () => {
    const isSilent = video.muted || video.volume === 0;
    button.dataset.state = isSilent ? "muted" : video.volume < 0.5 ? "quiet" : "loud";
    button.ariaLabel = isSilent ? say("player-unmute") : say("player-mute");
    button.title = `${button.ariaLabel} (M)`;
    const percent = isSilent ? 0 : Math.round(video.volume * 100);
    slider.value = percent;
    slider.ariaValueText = say("script-percent", { percent });
    slider.style.setProperty("--part", `${percent}%`);
  };
  refresh();
  video.addEventListener("volumechange", () => {
    refresh();
    prefer("volume", video.volume);
    prefer("muted", video.muted);
  });
  button.addEventListener("click", () => toggleMute(video));
  slider.addEventListener("input", () => {
    setVolume(video, slider.valueAsNumber / 100);
    video.muted = false;
  });
}
