// Audio tracks and subtitles as people name them, and the language that a viewer prefers, stored in this browser only.

import { language as pageLanguage, say } from "./say.js";

const KEY = "ginflix:audio-language";
const CHANNELS = { 1: say("script-mono"), 2: say("script-stereo"), 6: "5.1", 7: "6.1", 8: "7.1" };

/** Returns the language (BCP 47) that the viewer chose last; null if none was chosen. */
export function preferredLanguage() {
  try {
    return localStorage.getItem(KEY);
  } catch {
    return null;
  }
}

/** Stores the language that the viewer chose; without one, removes the stored one. */
export function preferLanguage(language) {
  try {
    if (language) localStorage.setItem(KEY, language);
    else localStorage.removeItem(KEY);
  } catch {
    // The storage is disabled or full; the choice holds for this page.
  }
}

/** Returns the position of the audio track that the viewer wants: one of the language, else the default; -1 without any. */
export function wantedTrack(tracks, language) {
  const byDefault = tracks.findIndex((track) => track.is_default);
  if (!language || isSame(tracks[byDefault]?.language, language)) return byDefault;
  const exact = tracks.findIndex((track) => isSame(track.language, language));
  const similar = tracks.findIndex((track) => isSame(primary(track.language), primary(language)));
  return [exact, similar, byDefault].find((at) => at >= 0) ?? -1;
}

/** Returns a name for each track; those of which language, title and channels are the same also have a codec or a number. */
export function trackNames(tracks) {
  let names = tracks.map((track, at) => nameOf(track, at).join(" · "));
  const isTwice = (name) => names.filter((other) => other === name).length > 1;
  names = names.map((name, at) => (isTwice(name) ? `${name} · ${tracks[at].name}` : name));
  return names.map((name, at) => (isTwice(name) ? `${name} · ${at + 1}` : name));
}

function nameOf({ language, title, channels }, at) {
  const name = languageName(language);
  const parts = isNameOf(title, language) ? [name] : [name, title];
  const known = parts.filter(Boolean);
  if (!known.length) known.push(say("script-track", { number: at + 1 }));
  if (channels) known.push(CHANNELS[channels] ?? say("script-channels", { count: channels }));
  return known;
}

/** Returns a name for each track of subtitles; numbers are added where several are the same. */
export function textNames(texts) {
  const names = [];
  for (const [at, text] of texts.entries()) {
    const name = textName(text, at);
    const earlier = names.filter((other) => other.name === name).length;
    names.push({ name, shown: earlier ? `${name} (${earlier + 1})` : name });
  }
  return names.map(({ shown }) => shown);
}

function textName({ language, title, forced, hearing_impaired: isForImpaired }, at) {
  if (title && !isNameOf(title, language)) return title;
  const name = languageName(language) ?? say("script-subtitles-number", { number: at + 1 });
  const purposes = forced ? say("script-subtitles-forced") : isForImpaired ? say("script-subtitles-impaired") : "";
  return purposes ? say("script-subtitles-purposes", { language: name, purposes }) : name;
}

/** Returns the name of a language, in that of the page; null if it is not stated. */
function languageName(language, inLanguage = pageLanguage) {
  if (!language || primary(language) === "und") return null;
  try {
    const name = new Intl.DisplayNames([inLanguage], { type: "language" }).of(language);
    // French writes it small, but not at the start of an entry.
    return name.charAt(0).toLocaleUpperCase(inLanguage) + name.slice(1);
  } catch {
    return language;
  }
}

/** Returns whether a title only names the language, in that of the page or, as many files do, in English. */
function isNameOf(title, language) {
  return [pageLanguage, "en"].some((other) => isSame(languageName(language, other), title));
}

function primary(language) {
  return language?.split("-")[0];
}

function isSame(a, b) {
  return Boolean(a && b) && a.toLowerCase() === b.toLowerCase();
}
