// What a viewer has chosen for the player, stored in this browser only.

const KEY = "ginflix:player";

/** What holds until a viewer chooses something else. A stored value of another type is not used. */
const DEFAULTS = {
  volume: 1,
  muted: false,
  rate: 1,
  keys: true,
  upNext: true,
  showsTimeLeft: false,
  captionSize: "100",
  captionColor: "white",
  captionBackground: "dim",
  captionEdge: "none",
  captionFont: "sans",
};

/** Returns the value of a preference. */
export function preference(name) {
  const value = stored()[name];
  return typeof value === typeof DEFAULTS[name] ? value : DEFAULTS[name];
}

/** Stores the value of a preference. */
export function prefer(name, value) {
  try {
    localStorage.setItem(KEY, JSON.stringify({ ...stored(), [name]: value }));
  } catch {
    // The storage is disabled or full; the choice holds for this page.
  }
}

/** Removes the stored values of these preferences. */
export function resetPreferences(names) {
  for (const name of names) prefer(name, DEFAULTS[name]);
}

function stored() {
  try {
    const values = JSON.parse(localStorage.getItem(KEY));
    return values && typeof values === "object" ? values : {};
  } catch {
    return {};
  }
}
