// The list that selects an audio track, and the key for the next one.

import { fillChoices } from "./choices.js";
import { preferLanguage, trackNames } from "./language.js";
import { say } from "./say.js";
import { announce } from "./status.js";

/** Fills the list. Returns the function for the key; null if there is nothing to choose. */
export function offerAudioTracks(player, tracks) {
  const fieldset = document.getElementById("audio-tracks");
  if (!fieldset || tracks.length < 2) return null;
  const names = trackNames(tracks);

  const select = (at) => {
    preferLanguage(tracks[at].language);
    player.select(at);
    announce(say("script-audio", { name: names[at] }));
  };
  const list = fillChoices(fieldset, (value) => select(Number(value)));
  const refresh = () => {
    const selectable = player.selectable;
    const entries = tracks.map((track, at) => {
      const isDisabled = !selectable.includes(at) && at !== player.choice.audio;
      return { value: at, text: entryText(names[at], track, isDisabled), isDisabled };
    });
    list.replace(entries, player.choice.audio);
  };
  player.addEventListener("choice", refresh);
  refresh();
  return () => {
    const selectable = player.selectable;
    if (selectable.length < 2) return say("script-no-other-audio");
    const next = selectable[(selectable.indexOf(player.choice.audio) + 1) % selectable.length];
    select(next);
    return names[next];
  };
}

function entryText(name, track, isDisabled) {
  if (isDisabled) return say("script-audio-not-here", { name, codec: track.name.split(" (")[0] });
  return track.is_default ? say("script-audio-default", { name }) : name;
}
