// The subtitles of a movie: the control that selects them, and the key that shows and hides them. The choice is stored in this
// browser only.

import { announce } from "./status.js";

const KEY = "ginflix:subtitles";
/** What is stored if the viewer wants no subtitles. */
const OFF = "off";
/** How often a list that is not ready yet is requested again, and the seconds before that. */
const RETRIES = 5;
const RETRY_SECONDS = 2;

/**
 * Sets up the control. `audioLanguage` is the language of the sound, of which forced subtitles are shown by themselves. Returns
 * the function for the key; null if there are no subtitles.
 */
export async function offerSubtitles(video, { method, audioLanguage }) {
  // The browser's own player of HLS has its own tracks and control.
  if (method === "native") return null;
  const url = listUrl(video.dataset.file);
  const texts = await loadList(url);
  if (!texts.length) return null;
  const tracks = texts.map((text) => addTrack(video, text, url));
  const control = document.getElementById("subtitles");
  control.replaceChildren(new Option("Off", ""), ...texts.map((text, at) => new Option(text.name, at)));
  document.getElementById("subtitles-picker").hidden = false;
  document.getElementById("player-bar").hidden = false;

  const shown = () => tracks.findIndex((track) => track.mode === "showing");
  let current = -1;
  const show = (at) => {
    current = at;
    for (const [i, track] of tracks.entries()) track.mode = i === at ? "showing" : "disabled";
  };
  const refresh = () => {
    const at = shown();
    control.value = at < 0 ? "" : at;
  };
  const select = (at) => {
    show(at);
    store(at < 0 ? OFF : (texts[at].language ?? texts[at].name));
    const message = at < 0 ? "Subtitles off" : `Subtitles: ${texts[at].name}`;
    announce(message);
    return message;
  };

  let last = wanted(texts, stored(), audioLanguage);
  show(last);
  refresh();
  control.addEventListener("change", () => select(control.value === "" ? -1 : Number(control.value)));
  // The browser's own control changes the modes too. Chromium also shows a track in the language of the viewer by itself.
  video.textTracks.addEventListener("change", () => {
    if (tracks.filter((track) => track.mode === "showing").length > 1) show(current);
    current = shown();
    refresh();
    if (current >= 0) last = current;
  });
  return () => (shown() >= 0 ? select(-1) : select(Math.max(last, 0)));
}

/** Returns the position of the subtitles that are shown at first; -1 for none. Pure. */
export function wanted(texts, preference, audioLanguage) {
  const find = (matches) => texts.findIndex(matches);
  const forced = find((text) => text.forced && audioLanguage && isSame(text.language, audioLanguage));
  if (preference === OFF) return forced;
  if (preference) {
    const whole = find((text) => !text.forced && isSame(text.language ?? text.name, preference));
    if (whole >= 0) return whole;
  }
  const byDefault = find((text) => text.default);
  return byDefault >= 0 ? byDefault : forced;
}

function isSame(a, b) {
  return Boolean(a && b) && a.toLowerCase() === b.toLowerCase();
}

/** Returns the address of the list of texts, with the query of a signed link. */
function listUrl(file) {
  const url = new URL(file, location.href);
  url.pathname += "/hls/texts.json";
  return url;
}

async function loadList(url) {
  for (let attempt = 0; attempt < RETRIES; attempt += 1) {
    const response = await fetch(url).catch(() => null);
    if (response?.ok) return (await response.json()).items;
    // The server may still be reading the file.
    if (response?.status !== 503) return [];
    const seconds = Number(response.headers.get("retry-after")) || RETRY_SECONDS;
    await new Promise((resolve) => setTimeout(resolve, seconds * 1000));
  }
  return [];
}

/** Adds the track of a text; it is loaded when it is shown. */
function addTrack(video, text, url) {
  const element = document.createElement("track");
  element.kind = text.hearing_impaired ? "captions" : "subtitles";
  element.label = text.name;
  if (text.language) element.srclang = text.language;
  element.src = new URL(text.uri, url).href;
  video.append(element);
  return element.track;
}

function stored() {
  try {
    return localStorage.getItem(KEY);
  } catch {
    return null;
  }
}

function store(value) {
  try {
    localStorage.setItem(KEY, value);
  } catch {
    // The storage is disabled or full; the choice holds for this page.
  }
}
