// The source of the video: the file itself or HLS. A change of the source keeps the position, and goes on playing.

import { capabilities } from "./capabilities.js";
import { choose, playableTracks } from "./choice.js";
import { attachHls } from "./hls-source.js";
import { selectNativeTrack } from "./native-tracks.js";

/** Failures of HLS that another attempt will not change. */
const PERMANENT_FAILURES = new Set(["gone", "format", "broken"]);

/**
 * The player of a page. Events: `choice` when the source or the audio track has changed, and `failure` with the `why` and
 * the `waitSeconds` of the detail when HLS cannot continue.
 */
export class Player extends EventTarget {
  #video;
  #options;
  #keepPlayed;
  #capable = null;
  /** How the movie is played: `{ method, audio, missing }`. */
  #choice = null;
  /** What ends the current source. */
  #release = () => {};
  #selectAudio = null;
  /** The position at which a source that is still loading will start; null if none is. */
  #startAt = null;
  /** The last position of a source that was loaded. */
  #lastPosition = 0;
  /** Counts sources, so that one that was replaced while it loaded is dropped. */
  #generation = 0;

  constructor(video, options, keepPlayed) {
    super();
    this.#video = video;
    this.#options = options;
    this.#keepPlayed = keepPlayed;
    video.addEventListener("timeupdate", () => {
      // While a source loads, the position of the video is 0.
      if (video.readyState > HTMLMediaElement.HAVE_NOTHING) this.#lastPosition = video.currentTime;
    });
    addEventListener("pagehide", (event) => {
      // A page that is kept for the way back needs its source then.
      if (!event.persisted) this.stop();
    });
  }

  /** Chooses how to play the movie with this audio track if possible, and loads it. Without options, plays the file. */
  async start(wanted) {
    if (!this.#options) {
      this.#choice = { method: "file", audio: -1, missing: null };
      return this.#choice;
    }
    this.#capable = await capabilities(this.#video, this.#options);
    await this.#use(choose(this.#options, this.#capable, wanted));
    return this.#choice;
  }

  get choice() {
    return this.#choice;
  }

  /** Returns the positions of the audio tracks that can be selected, by this method or after a change of it. */
  get selectable() {
    if (!this.#options || this.#choice.missing) return [];
    const isSelectable = (at) => {
      const choice = choose(this.#options, this.#capable, at);
      return !choice.missing && choice.audio === at;
    };
    return this.#options.audio.map((_, at) => at).filter(isSelectable);
  }

  /** Selects an audio track, by HLS if the file cannot play it. */
  async select(audio) {
    if (audio === this.#choice.audio) return;
    const { method } = this.#choice;
    const isPlayed = playableTracks(method, this.#options, this.#capable).includes(audio);
    if (isPlayed && this.#selectAudio) {
      this.#selectAudio(audio);
      this.#changed({ ...this.#choice, audio });
    } else {
      await this.#use(choose(this.#options, this.#capable, audio));
    }
  }

  /** Loads the source again, after an error. */
  async reload(shouldPlay) {
    await this.#use(this.#choice, { shouldPlay, isReload: true });
  }

  /** Ends the source. */
  stop() {
    this.#generation += 1;
    this.#keepPlayed();
    this.#release();
    this.#release = () => {};
    this.#selectAudio = null;
  }

  /** Leaves the current source: what it has played is kept, and the next one starts at its position. */
  #leave() {
    this.#keepPlayed();
    this.#startAt = this.#position;
    // The picture for the start is not to be seen again.
    if (this.#startAt > 0) this.#video.removeAttribute("poster");
    return this.#startAt;
  }

  /** Returns the position of the viewer, also while a source is loading. */
  get #position() {
    const isLoaded = this.#video.readyState > HTMLMediaElement.HAVE_NOTHING;
    return this.#startAt ?? (isLoaded ? this.#video.currentTime : this.#lastPosition);
  }

  async #use(choice, { shouldPlay = false, isReload = false } = {}) {
    const video = this.#video;
    const rate = video.playbackRate;
    const plays = shouldPlay || !video.paused;
    // A file plays on until hls.js is loaded.
    if (choice.method !== "hls.js" || this.#selectAudio) this.#leave();
    this.stop();
    const generation = this.#generation;
    const begin = () => {
      if (generation !== this.#generation) return;
      video.playbackRate = rate;
      // hls.js starts there by itself.
      if (choice.method !== "hls.js" && this.#startAt) video.currentTime = this.#startAt;
      this.#startAt = null;
    };
    video.addEventListener("loadedmetadata", begin, { once: true });
    this.#changed(choice);
    if (choice.method === "hls.js") await this.#useHlsJs(choice, plays);
    else this.#useItself(choice, plays, isReload);
  }

  /** Gives the browser an address that it plays itself. */
  #useItself({ method, audio }, plays, isReload) {
    const video = this.#video;
    const { file, playlist } = video.dataset;
    this.#prepareNativeTracks(method, audio);
    const address = method === "native" ? this.#playlistFor(method, playlist) : file;
    if (video.getAttribute("src") !== address) video.src = address;
    else if (isReload) video.load();
    else this.#startAt = null; // the page has loaded it already
    if (plays) video.play().catch(() => {});
  }

  #prepareNativeTracks(method, audio) {
    if (!this.#capable?.selectsTracks) return;
    const all = this.#options.audio.map((_, at) => at);
    const tracks = method === "native" ? playableTracks(method, this.#options, this.#capable) : all;
    if (tracks.length < 2) return;
    this.#selectAudio = (at) => {
      this.#release();
      this.#release = selectNativeTrack(this.#video, tracks.indexOf(at), tracks.length);
    };
    this.#selectAudio(audio);
  }

  async #useHlsJs({ audio }, plays) {
    const generation = this.#generation;
    const tracks = playableTracks("hls.js", this.#options, this.#capable);
    const fail = (why, waitSeconds) => {
      this.#startAt ??= this.#position;
      if (PERMANENT_FAILURES.has(why) && this.#fallBack()) return;
      this.dispatchEvent(new CustomEvent("failure", { detail: { why, waitSeconds } }));
    };
    const source = await attachHls(this.#video, {
      url: this.#playlistFor("hls.js", this.#video.dataset.playlist),
      begin: () => this.#leave(),
      plays,
      audio: tracks.indexOf(audio),
      audioCount: tracks.length,
      onFailure: fail,
      isWanted: () => generation === this.#generation,
    });
    if (!source) return;
    this.#release = source.destroy;
    this.#selectAudio = (at) => source.selectAudio(tracks.indexOf(at));
  }

  /** Plays the file itself, if the browser does, instead of HLS that fails; returns whether it does. */
  #fallBack() {
    const capable = { ...this.#capable, mse: null, hasNativeHls: false };
    const choice = choose(this.#options, capable, this.#choice.audio);
    if (choice.missing) return false;
    this.#capable = capable;
    this.#use(choice);
    return true;
  }

  /** Returns the address of a playlist with the audio codecs that are played only. */
  #playlistFor(method, playlist) {
    const url = new URL(playlist, location.href);
    const tracks = playableTracks(method, this.#options, this.#capable);
    const codecs = new Set(tracks.map((at) => this.#options.audio[at].codec));
    // Commas need no encoding in a query.
    if (codecs.size) url.search += `${url.search ? "&" : "?"}audio_codecs=${[...codecs].join(",")}`;
    return url.href;
  }

  #changed(choice) {
    this.#choice = choice;
    this.dispatchEvent(new Event("choice"));
  }
}
