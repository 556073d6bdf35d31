// What this browser plays of a movie: the file itself, and its tracks by Media Source Extensions.

const HLS_TYPE = "application/vnd.apple.mpegurl";

/**
 * Asks the browser. `options` are those of the page. Returns
 * - `file`: whether it knows the container, the picture, and each audio track of the file itself,
 * - `mse`: the same of tracks that a script supplies; null without Media Source Extensions,
 * - `hasNativeHls`: whether it plays HLS with all audio tracks itself,
 * - `selectsTracks`: whether it can select audio tracks of what it plays itself.
 */
export async function capabilities(video, options) {
  const source = globalThis.ManagedMediaSource ?? globalThis.MediaSource;
  const bySource = (type) => source.isTypeSupported(type);
  const selectsTracks = video.audioTracks !== undefined;
  return {
    file: await fileSupport(video, options),
    mse: source ? trackSupport(options, bySource) : null,
    // Chromium plays HLS itself, but no audio tracks. It has Media Source Extensions, and Safari on old phones has not.
    hasNativeHls: video.canPlayType(HLS_TYPE) !== "" && (!source || selectsTracks),
    selectsTracks,
  };
}

function trackSupport({ video, audio }, isSupported) {
  return {
    picture: !video || isSupported(video.media_type),
    sound: audio.map((track) => isSupported(track.media_type)),
  };
}

async function fileSupport(video, options) {
  if (options.is_universal) {
    return { container: true, picture: true, sound: options.audio.map(() => true) };
  }
  const container = options.container.some((type) => video.canPlayType(type) !== "");
  const sound = options.audio.map((track) => decodes(video, { audio: audioConfiguration(track) }));
  const picture = !options.video || decodes(video, { video: videoConfiguration(options.video) });
  return { container, picture: await picture, sound: await Promise.all(sound) };
}

/** Returns whether the browser decodes a track of a file, of this size and rate. */
async function decodes(video, configuration) {
  const { contentType } = configuration.video ?? configuration.audio;
  // Of a type that the browser does not know at all, the other function would only write a warning.
  if (video.canPlayType(contentType) === "") return false;
  try {
    const info = await navigator.mediaCapabilities.decodingInfo({ type: "file", ...configuration });
    return info.supported;
  } catch {
    // The browser has no such function, or it wants to know more.
    return true;
  }
}

/** Fills in what the file does not state, because the browser requires all of it. */
function videoConfiguration({ media_type: contentType, width, height, bit_rate: bitrate, frame_rate: framerate }) {
  return {
    contentType,
    width: width || 1280,
    height: height || 720,
    bitrate: bitrate || 4_000_000,
    framerate: framerate || 25,
  };
}

function audioConfiguration({ media_type: contentType, channels }) {
  return channels ? { contentType, channels: String(channels) } : { contentType };
}
