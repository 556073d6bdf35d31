// Plays to the first picture, seeks to random places, and changes the audio track. `window.outcome` has the result:
// { done, failures, seeks, audio, texts }.
const parameters = new URLSearchParams(location.hash.slice(1));
const video = document.querySelector("video");
const outcome = { done: false, failures: [], seeks: 0, audio: 0, texts: 0, hasPicture: false };
window.outcome = outcome;

// How long a step may take on a busy machine, in milliseconds.
const STEP_TIMEOUT = 20_000;
// How far the position may be from where it was set, in seconds. Shaka Player moves a track that starts late to 0, and jumps over
// the hole before the next segment.
const SEEK_TOLERANCE = parameters.get("start") === "late" ? 1 : 0.5;
// Until when the first picture of each file is shown, in seconds, and the step by which hls.js skips.
const FIRST_PICTURE_LIMIT = 0.3;

function load(script) {
  return new Promise((resolve, reject) => {
    const element = document.createElement("script");
    element.src = script;
    element.onload = resolve;
    element.onerror = () => reject(new Error(`cannot load ${script}`));
    document.head.append(element);
  });
}

async function until(what, condition) {
  const end = performance.now() + STEP_TIMEOUT;
  while (!condition()) {
    if (outcome.failures.length > 0) throw new Error(`${what}: the player failed`);
    if (performance.now() > end) {
      throw new Error(`${what}: not in time; at ${video.currentTime} s, state ${video.readyState}, paused ${video.paused}`);
    }
    await new Promise((resolve) => requestAnimationFrame(resolve));
  }
}

// Each player is an object with `tracks()`, `select(number)` and `selected()` of audio, and `texts()` and
// `show(number)` of subtitles.
async function hls(url) {
  await load("node_modules/hls.js/dist/hls.js");
  const player = new Hls({ workerPath: null, enableWorker: false });
  const { BUFFER_STALLED_ERROR, BUFFER_NUDGE_ON_STALL, BUFFER_SEEK_OVER_HOLE, INTERNAL_ABORTED } = Hls.ErrorDetails;
  let isSwitching = false;
  player.on(Hls.Events.ERROR, (_, error) => {
    // A busy machine stalls. hls.js then also skips to the first picture if that is shown later than 0, as in a file
    // without an edit list. Everything else that is not fatal, such as a gap between segments, is a fault of a package.
    const isSlow = [BUFFER_STALLED_ERROR, BUFFER_NUDGE_ON_STALL].includes(error.details);
    const isStart = error.details === BUFFER_SEEK_OVER_HOLE && video.currentTime < FIRST_PICTURE_LIMIT;
    // Selecting other subtitles aborts the load of the present ones.
    const isSwitch = error.details === INTERNAL_ABORTED && isSwitching;
    if (!error.fatal && (isSlow || isStart || isSwitch)) return;
    outcome.failures.push(`${error.type} ${error.details} ${error.reason ?? error.error ?? ""} ${video.error?.message ?? ""}`);
  });
  player.loadSource(url);
  player.attachMedia(video);
  await until("the playlist", () => player.levels.length > 0);
  return {
    tracks: () => player.audioTracks.length,
    select: (number) => { player.audioTrack = number; },
    selected: () => player.audioTrack,
    texts: () => player.subtitleTracks.length,
    show: (number) => {
      isSwitching = true;
      player.subtitleTrack = number;
    },
  };
}

async function shaka(url) {
  await load("node_modules/shaka-player/dist/shaka-player.compiled.js");
  const player = new window.shaka.Player();
  await player.attach(video);
  player.addEventListener("error", (event) => outcome.failures.push(`${event.detail.code} ${event.detail.message} ${video.error?.message ?? ""}`));
  // Shaka Player shows subtitles only once it appends a segment after they were selected, so not all segments may be there yet.
  player.configure("streaming.bufferingGoal", 4);
  await player.load(url);
  const tracks = () => player.getAudioTracks();
  return {
    tracks: () => tracks().length,
    select: (number) => player.selectAudioTrack(tracks()[number]),
    selected: () => tracks().findIndex((track) => track.active),
    texts: () => player.getTextTracks().length,
    show: (number) => { player.selectTextTrack(player.getTextTracks()[number]); },
  };
}

function random(seed) {
  let state = seed;
  return () => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
    return state / 2_147_483_648;
  };
}

// Returns the first words of the subtitles that are selected.
function firstCue() {
  const selected = [...video.textTracks].filter((track) => track.mode !== "disabled");
  return selected.flatMap((track) => [...(track.cues ?? [])])[0]?.text;
}

async function playsOn(what) {
  const from = video.currentTime;
  await until(`${what}: playing on`, () => video.currentTime > from + 0.2 || video.ended);
}

async function test() {
  const player = await { hls, shaka }[parameters.get("player")](parameters.get("url"));
  void video.play();
  await playsOn("the start");
  outcome.hasPicture = video.videoWidth > 0;
  // The subtitles of a file differ, so a track that is not loaded cannot pass for another.
  const seen = new Set();
  for (let number = 0; number < player.texts(); number += 1) {
    player.show(number);
    await until(`subtitles ${number}`, () => firstCue() !== undefined && !seen.has(firstCue()));
    seen.add(firstCue());
    outcome.texts += 1;
  }
  const next = random(Number(parameters.get("seed")));
  for (let count = 0; count < Number(parameters.get("seeks")); count += 1) {
    const target = next() * Math.max(video.duration - 1, 0);
    video.currentTime = target;
    await until(`seeking to ${target}`, () => !video.seeking && video.readyState >= 3);
    const distance = Math.abs(video.currentTime - target);
    if (distance > SEEK_TOLERANCE) throw new Error(`sought to ${target}, got to ${video.currentTime}`);
    await playsOn(`after seeking to ${target}`);
    outcome.seeks += 1;
  }
  for (let number = player.tracks() - 1; number >= 0; number -= 1) {
    video.currentTime = 1;
    player.select(number);
    await until(`audio track ${number}`, () => player.selected() === number && !video.seeking && video.readyState >= 3);
    await playsOn(`with audio track ${number}`);
    outcome.audio += 1;
  }
  video.pause();
}

test()
  .catch((error) => outcome.failures.push(String(error)))
  .finally(() => { outcome.done = true; });
