// Plays a movie by hls.js, which is loaded when it is needed.

/** Seconds before each attempt to load again while there is still something to play. */
const RETRY_DELAYS = [1, 2, 4, 8, 15, 30];
/** Seconds of content before the position without which playback is about to stop. */
const LOW_BUFFER_SECONDS = 1;
/** Longest and shortest time in seconds to wait for a server that prepares the movie. */
const WAIT_SECONDS = { least: 1, most: 30 };
/** Status codes of a link or a session that is no longer valid. */
const REFUSALS = { 401: "denied", 403: "denied", 410: "expired" };

/** What is loaded before the viewer starts the movie: one segment, which has its first picture. */
const BUFFER_BEFORE_PLAYING = { maxBufferLength: 1, maxMaxBufferLength: 1 };
/** What is loaded in advance then, in seconds. */
const BUFFER = { maxBufferLength: 20, maxMaxBufferLength: 60 };

/** Failed requests are repeated twice here; then the rules below apply. */
const RETRY = { maxNumRetry: 2, retryDelayMs: 500, maxRetryDelayMs: 4000, backoff: "exponential" };

function loadPolicy(maxTimeToFirstByteMs, maxLoadTimeMs) {
  return { default: { maxTimeToFirstByteMs, maxLoadTimeMs, timeoutRetry: RETRY, errorRetry: { ...RETRY, shouldRetry } } };
}

/** Returns whether to repeat a request at once: not if the server refuses it, or says when to come back. */
function shouldRetry(config, count, _isTimeout, response) {
  const status = response?.code ?? 0;
  return count < config.maxNumRetry && (status < 400 || status >= 500) && status !== 503;
}

const CONFIG = {
  ...BUFFER_BEFORE_PLAYING,
  maxBufferSize: 32_000_000,
  backBufferLength: 20,
  // The page adds the subtitles itself, for all ways to play a movie.
  subtitleStreamController: undefined,
  subtitleTrackController: undefined,
  timelineController: undefined,
  workerPath: new URL("./hls.worker.js", import.meta.url).href,
  manifestLoadPolicy: loadPolicy(20_000, 20_000),
  playlistLoadPolicy: loadPolicy(20_000, 20_000),
  fragLoadPolicy: loadPolicy(20_000, 120_000),
};

/**
 * Attaches hls.js to the video, at the position in seconds that `begin` returns, and goes on playing if `plays`. `audio` is
 * the number of the audio rendition, of `audioCount`. Calls `onFailure(why, waitSeconds)` once if the movie cannot
 * continue. Returns `selectAudio` and `destroy`; null if `isWanted` says that the video has another source by now.
 */
export async function attachHls(video, { url, begin, plays, audio, audioCount, onFailure, isWanted }) {
  const Hls = await import("./hls.min.mjs").then((module) => module.default, () => null);
  if (!isWanted()) return null;
  if (!Hls) {
    onFailure("network");
    return null;
  }
  const hls = new Hls({ ...CONFIG, startPosition: begin() });
  const ended = new AbortController();
  const listen = (event, listener) => video.addEventListener(event, listener, { signal: ended.signal });
  let wanted = audio;

  const selectAudio = (number) => {
    wanted = number;
    // A file of which some tracks are empty has fewer renditions; then the player's own choice stays.
    if (hls.audioTracks.length === audioCount && hls.audioTrack !== wanted) hls.audioTrack = wanted;
  };
  const destroy = () => {
    ended.abort();
    hls.destroy();
  };
  const fail = (why, waitSeconds) => {
    ended.abort();
    hls.stopLoad();
    onFailure(why, waitSeconds);
  };
  const loadAll = () => Object.assign(hls.config, BUFFER);

  hls.on(Hls.Events.AUDIO_TRACKS_UPDATED, () => selectAudio(wanted));
  handleErrors(Hls, hls, video, { listen, fail, signal: ended.signal });
  listen("play", loadAll);
  listen("seeking", loadAll);
  // The viewer may have started or paused the video while the script was loading; a new source stops it.
  const isLoaded = video.readyState > HTMLMediaElement.HAVE_NOTHING;
  const goesOn = !video.paused || (plays && !isLoaded);
  hls.loadSource(url);
  hls.attachMedia(video);
  if (goesOn) video.play().catch(() => {});
  return { selectAudio, destroy };
}

function handleErrors(Hls, hls, video, { listen, fail, signal }) {
  let recovered = false;
  let retries = 0;
  let retryTimer;
  let pending = null;

  hls.on(Hls.Events.FRAG_LOADED, () => {
    retries = 0;
    pending = null;
  });
  hls.on(Hls.Events.ERROR, (_, error) => {
    if (!error.fatal || signal.aborted) return;
    if (error.type === Hls.ErrorTypes.NETWORK_ERROR) continueOrFail(networkFailure(error, Hls));
    else recoverOrFail(mediaFailure(error, Hls));
  });
  // An error of the decoder reaches only the video.
  listen("error", () => recoverOrFail("broken"));
  for (const event of ["waiting", "seeking", "play"]) listen(event, failIfEmpty);
  signal.addEventListener("abort", () => clearTimeout(retryTimer));

  /** Tries again while the video has something to play, and fails when that is at its end. */
  function continueOrFail(failure) {
    pending = failure;
    if (failIfEmpty() || failure.isFinal) return;
    const delay = RETRY_DELAYS[Math.min(retries, RETRY_DELAYS.length - 1)];
    retries += 1;
    clearTimeout(retryTimer);
    retryTimer = setTimeout(() => hls.startLoad(), delay * 1000);
  }

  function failIfEmpty() {
    if (!pending || bufferedAhead(video) > LOW_BUFFER_SECONDS) return false;
    fail(pending.why, pending.waitSeconds);
    return true;
  }

  function recoverOrFail(why) {
    if (signal.aborted) return;
    if (why !== "broken" || recovered) {
      fail(why);
      return;
    }
    recovered = true;
    const wasPlaying = !video.paused;
    hls.recoverMediaError();
    if (wasPlaying) video.play().catch(() => {});
  }
}

/** Returns the reason of a failed request, and whether repeating it is of no use. */
function networkFailure({ details, response, networkDetails }, { ErrorDetails }) {
  const status = response?.code ?? 0;
  const isManifest = details === ErrorDetails.MANIFEST_LOAD_ERROR;
  if (REFUSALS[status]) return { why: REFUSALS[status], isFinal: true };
  if (status === 503) return { why: "preparing", waitSeconds: retryAfter(networkDetails) };
  if (status === 404 && isManifest) return { why: "gone", isFinal: true };
  if (details === ErrorDetails.MANIFEST_PARSING_ERROR) return { why: "broken", isFinal: true };
  return { why: status ? "server" : "network" };
}

function mediaFailure({ details }, { ErrorDetails }) {
  const isForeign = [
    ErrorDetails.MANIFEST_INCOMPATIBLE_CODECS_ERROR,
    ErrorDetails.BUFFER_ADD_CODEC_ERROR,
    ErrorDetails.BUFFER_INCOMPATIBLE_CODECS_ERROR,
  ].includes(details);
  return isForeign ? "format" : "broken";
}

/** Returns the seconds that a server asks to wait. */
function retryAfter(request) {
  const seconds = Number(request?.getResponseHeader?.("retry-after"));
  return Math.min(WAIT_SECONDS.most, Math.max(WAIT_SECONDS.least, seconds || 0));
}

function bufferedAhead({ buffered, currentTime }) {
  for (let i = 0; i < buffered.length; i += 1) {
    // Ranges may begin a little after the position.
    if (buffered.start(i) <= currentTime + 0.1 && currentTime < buffered.end(i)) return buffered.end(i) - currentTime;
  }
  return 0;
}
