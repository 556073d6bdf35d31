// The subtitles of a movie: the panel that selects them, and the key that shows and hides them. The choice is stored in this
// browser only.

import { Captions } from "./captions.js";
import { offerCaptionStyle } from "./caption-style.js";
import { fillChoices } from "./choices.js";
import { textNames } from "./language.js";
import { say } from "./say.js";
import { announce } from "./status.js";

const KEY = "ginflix:subtitles";
const DELAY_KEY = "ginflix:subtitle-delay:";
/** What is stored if the viewer wants no subtitles. */
const OFF = "off";
/** How often a list that is not ready yet is requested again, and the seconds before that. */
const RETRIES = 5;
const RETRY_SECONDS = 2;
/** The step and the greatest value of the delay, in tenths of a second. */
const DELAY = { step: 1, most: 600 };

/**
 * Sets up the panel. `audioLanguage` is the language of the sound, of which forced subtitles are shown by themselves. Returns
 * the function for the key; null if there are no subtitles.
 */
export async function offerSubtitles(video, { audioLanguage }) {
  const url = listUrl(video.dataset.file);
  const texts = await loadList(url);
  if (!texts.length) return null;
  const names = textNames(texts);
  const elements = texts.map((text, at) => addTrack(video, text, names[at], url));
  const captions = new Captions(video);
  const button = document.getElementById("show-subtitles");
  button.hidden = false;
  offerCaptionStyle();
  offerDelay(captions, video.dataset.movieId);

  const show = (at) => {
    captions.show(elements[at] ?? null);
    list.show(at);
    button.classList.toggle("is-on", at >= 0);
  };
  const select = (at) => {
    show(at);
    store(KEY, at < 0 ? OFF : (texts[at].language ?? texts[at].name));
    if (at >= 0) last = at;
    const message = at < 0 ? say("script-subtitles-off") : say("script-subtitles", { name: names[at] });
    announce(message);
    return message;
  };
  const list = fillChoices(document.getElementById("subtitle-tracks"), (value) => select(Number(value)));
  const entries = names.map((text, value) => ({ value, text }));
  list.replace([{ value: -1, text: say("script-off") }, ...entries], -1);

  let last = wanted(texts, stored(KEY), audioLanguage);
  show(last);
  // Chromium shows a track in the language of the viewer by itself, and the video of an iPhone has its own list.
  video.textTracks.addEventListener("change", () => {
    for (const { track } of elements) {
      if (track !== captions.track && track.mode !== "disabled") track.mode = "disabled";
      else if (track === captions.track && track.mode === "showing" && !video.webkitDisplayingFullscreen) track.mode = "hidden";
    }
  });
  return () => (captions.track ? select(-1) : select(Math.max(last, 0)));
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

/** Connects the buttons that show the subtitles earlier or later, which is kept for this movie. */
function offerDelay(captions, movieId) {
  const output = document.getElementById("subtitle-delay");
  let tenths = Math.round(Number(stored(DELAY_KEY + movieId)) || 0);
  const set = (value) => {
    tenths = Math.min(DELAY.most, Math.max(-DELAY.most, value));
    captions.delay = tenths / 10;
    const sign = tenths > 0 ? "+" : tenths < 0 ? "−" : "";
    output.textContent = sign + say("duration-seconds", { seconds: Math.abs(tenths / 10) });
    store(DELAY_KEY + movieId, tenths || null);
  };
  set(tenths);
  document.getElementById("subtitle-earlier").addEventListener("click", () => set(tenths - DELAY.step));
  document.getElementById("subtitle-later").addEventListener("click", () => set(tenths + DELAY.step));
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

/** Adds an element for the track of a text; it is loaded when it is shown. */
function addTrack(video, text, name, url) {
  const element = document.createElement("track");
  element.kind = text.hearing_impaired ? "captions" : "subtitles";
  element.label = name;
  if (text.language) element.srclang = text.language;
  element.src = new URL(text.uri, url).href;
  video.append(element);
  return element;
}

function stored(key) {
  try {
    return localStorage.getItem(key);
  } catch {
    return null;
  }
}

/** Stores a value; null removes it. */
function store(key, value) {
  try {
    if (value === null) localStorage.removeItem(key);
    else localStorage.setItem(key, value);
  } catch {
    // The storage is disabled or full; the choice holds for this page.
  }
}
