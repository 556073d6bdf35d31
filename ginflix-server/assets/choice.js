// Chooses how a movie is played: the file itself where the browser plays it with the wanted audio track, else hls.js
// where there are Media Source Extensions, else the browser's own player of HLS. All functions are pure.

/**
 * Returns `{ method, audio, missing }`. `method` is "file", "hls.js" or "native". `audio` is the position of the audio
 * track, -1 without one. `missing` names what does not play: "all", "picture", "sound" or "hls.js"; null if all plays.
 */
export function choose(options, capable, wanted) {
  const ofFile = fileChoice(options, capable, wanted);
  const byHls = hlsChoice(options, capable, wanted);
  // The file is enough unless only HLS has the wanted audio track.
  if (!ofFile.missing && (ofFile.audio === wanted || byHls?.audio !== wanted)) return ofFile;
  if (byHls) return byHls;
  if (options.is_packaged && capable.hasNativeHls) return nativeChoice(options, capable, wanted);
  const needsHlsJs = ofFile.missing && !options.has_hls_js && hlsChoice({ ...options, has_hls_js: true }, capable, wanted);
  return needsHlsJs ? { ...ofFile, missing: "hls.js" } : ofFile;
}

/** Returns the positions of the audio tracks that this method plays. */
export function playableTracks(method, options, capable) {
  const positions = options.audio.map((_, position) => position);
  if (method === "hls.js") return positions.filter((at) => isPlayedByHlsJs(options, capable, at));
  if (method === "native") return positions.filter((at) => options.audio[at].is_packaged && capable.file.sound[at]);
  const isSelectable = (at) => capable.selectsTracks || options.audio[at].is_default;
  return positions.filter((at) => isSelectable(at) && capable.file.sound[at]);
}

function fileChoice(options, capable, wanted) {
  const { container, picture, sound } = capable.file;
  const byItself = options.audio.findIndex((track) => track.is_default);
  const audio = capable.selectsTracks && sound[wanted] ? wanted : byItself;
  const hasSound = audio < 0 || sound[audio];
  return { method: "file", audio, missing: missingPart(container, picture, hasSound, options) };
}

function missingPart(container, picture, sound, { video, audio }) {
  if (!container || (!picture && !sound) || (!picture && !audio.length) || (!sound && !video)) return "all";
  if (!picture) return "picture";
  return sound ? null : "sound";
}

/** Returns the choice of hls.js; null if the movie does not play by it. */
function hlsChoice(options, capable, wanted) {
  if (!options.is_packaged || !options.has_hls_js || !capable.mse?.picture) return null;
  const playable = playableTracks("hls.js", options, capable);
  if (options.audio.length && !playable.length) return null;
  return { method: "hls.js", audio: closest(playable, wanted, options), missing: null };
}

function nativeChoice(options, capable, wanted) {
  const playable = playableTracks("native", options, capable);
  return { method: "native", audio: closest(playable, wanted, options), missing: null };
}

function closest(playable, wanted, { audio }) {
  if (playable.includes(wanted)) return wanted;
  return playable.find((at) => audio[at].is_default) ?? playable[0] ?? -1;
}

function isPlayedByHlsJs(options, capable, at) {
  return options.audio[at].is_packaged && Boolean(capable.mse?.sound[at]);
}
