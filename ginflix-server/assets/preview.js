// Small pictures of the movie at the time under the pointer, made of the key frames that the server lists for HLS.

/** Milliseconds for which the pointer rests before a picture is loaded. */
const LOAD_DELAY_MS = 80;
/** Milliseconds until a list that could not be loaded is requested again. */
const RETRY_DELAY_MS = 3000;

const CONFIG = { autoStartLoad: false, enableWorker: false, maxBufferSize: 8_000_000, backBufferLength: Infinity };

/** Sets up the pictures. Returns a function that shows the picture at a time in seconds; null shows none. */
export function offerPreview(video, options) {
  const canPackage = options?.is_packaged && options.has_hls_js && options.video;
  if (!canPackage || typeof MediaSource === "undefined") return () => {};
  const picture = document.getElementById("preview");
  let frames = null;
  let timer;
  let wanted = null;

  const load = async () => {
    frames ??= loadFrames(picture, video.dataset.playlist, () => wanted);
    const found = await frames;
    if (wanted === null) return;
    if (found) {
      found.loadMediaAt(wanted);
    } else {
      // The server may still be preparing the movie.
      frames = null;
      clearTimeout(timer);
      timer = setTimeout(load, RETRY_DELAY_MS);
    }
  };
  picture.addEventListener("seeked", () => { picture.hidden = false; });
  return (seconds) => {
    wanted = seconds;
    clearTimeout(timer);
    if (seconds !== null) timer = setTimeout(load, LOAD_DELAY_MS);
  };
}

/**
 * Loads the list of key frames. Returns a player of these; null if the server has none. `wanted` returns the time of the
 * picture that is wanted; null if none is.
 */
async function loadFrames(picture, playlist, wanted) {
  const Hls = await import("./hls.min.mjs").then((module) => module.default, () => null);
  if (!Hls?.isSupported()) return null;
  const main = new Hls(CONFIG);
  const parsed = new Promise((resolve) => {
    main.on(Hls.Events.MANIFEST_PARSED, () => resolve(true));
    main.on(Hls.Events.ERROR, (_, { fatal }) => fatal && resolve(false));
  });
  main.loadSource(new URL(playlist, location.href).href);
  const frames = (await parsed) ? main.createIFramePlayer({ ...CONFIG, autoStartLoad: true }) : null;
  if (!frames) {
    main.destroy();
    return null;
  }
  frames.on(Hls.Events.ERROR, (_, { fatal }) => {
    if (!fatal) return;
    // Without pictures, the time is enough.
    picture.hidden = true;
    frames.destroy();
  });
  // hls.js 1.7.4 does not always go to a frame that it has loaded.
  frames.on(Hls.Events.FRAG_BUFFERED, (_, { frag }) => {
    const time = wanted();
    if (time !== null && frag.start <= time && time < frag.end) picture.currentTime = time;
  });
  frames.attachMedia(picture);
  return frames;
}
