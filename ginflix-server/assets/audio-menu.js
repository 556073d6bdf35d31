// The control that selects an audio track, and the key for the next one.

import { preferLanguage, trackNames } from "./language.js";
import { announce } from "./status.js";

/** Fills and shows the control. Returns the function for the key; null if there is nothing to choose. */
export function offerAudioTracks(player, tracks) {
  const control = document.getElementById("audio-track");
  if (!control || tracks.length < 2) return null;
  const names = trackNames(tracks);
  control.replaceChildren(...names.map((name, at) => new Option(name, at)));
  document.getElementById("player-bar").hidden = false;

  const refresh = () => {
    const selectable = player.selectable;
    for (const option of control.options) {
      const at = Number(option.value);
      option.disabled = !selectable.includes(at) && at !== player.choice.audio;
      const isDefault = tracks[at].is_default ? " (default)" : "";
      const codec = tracks[at].name.split(" (")[0];
      option.text = names[at] + (option.disabled ? ` (${codec} does not play here)` : isDefault);
    }
    control.value = player.choice.audio;
  };
  const select = (at) => {
    preferLanguage(tracks[at].language);
    player.select(at);
    announce(`Audio: ${names[at]}`);
  };
  player.addEventListener("choice", refresh);
  refresh();
  control.addEventListener("change", () => select(Number(control.value)));
  return () => {
    const selectable = player.selectable;
    if (selectable.length < 2) return "No other audio";
    const next = selectable[(selectable.indexOf(player.choice.audio) + 1) % selectable.length];
    select(next);
    return names[next];
  };
}
