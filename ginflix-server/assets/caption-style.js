// How subtitles look: the controls of the panel, and the frame that has their values as data.

import { prefer, preference, resetPreferences } from "./preferences.js";

/** The controls, by the preference that they change. */
const CONTROLS = {
  captionSize: "caption-size",
  captionColor: "caption-color",
  captionBackground: "caption-background",
  captionEdge: "caption-edge",
  captionFont: "caption-font",
};

/** Applies what was chosen before, and connects the controls. */
export function offerCaptionStyle() {
  const area = document.getElementById("captions");
  const apply = () => {
    for (const [name, id] of Object.entries(CONTROLS)) {
      const control = document.getElementById(id);
      control.value = preference(name);
      // What an earlier version stored may not be there any more.
      if (control.selectedIndex < 0) control.selectedIndex = 0;
      area.dataset[name] = control.value;
    }
  };
  apply();
  for (const [name, id] of Object.entries(CONTROLS)) {
    document.getElementById(id).addEventListener("change", ({ target }) => {
      prefer(name, target.value);
      apply();
    });
  }
  document.getElementById("caption-reset").addEventListener("click", () => {
    resetPreferences(Object.keys(CONTROLS));
    apply();
  });
}
