// Small pictures of the movie at the time under the pointer, made of the key frames that the server lists for HLS. hls.js 1.7.4
// can load these, but does not render a frame before one that it has already.

import { frameAt, parseKeyFrames } from "./key-frames.js";

/** Milliseconds for which the pointer rests before a picture is loaded. */
const LOAD_DELAY_MS = 60;
/** Milliseconds until a list that could not be loaded is requested again: the server may still be preparing the movie. */
const RETRY_DELAY_MS = 2000;
/** Milliseconds that a browser may take to decode a picture. */
const DECODE_TIMEOUT_MS = 5000;
/** The width of a picture in pixels, and the most pictures that are kept. */
const WIDTH = 320;
const MAX_PICTURES = 200;

/** Sets up the pictures. Returns a function that shows the picture at a time in seconds; null shows none. */
export function offerPreview(video, options) {
  const type = options?.is_packaged && options.video?.media_type;
  if (!type || !globalThis.MediaSource?.isTypeSupported(type)) return () => {};
  const canvas = document.getElementById("preview");
  const pictures = new Map();
  let list = null;
  let timer;
  let wanted = null;
  let isLoading = false;

  const load = async () => {
    if (isLoading || wanted === null) return;
    isLoading = true;
    const seconds = wanted;
    try {
      list ??= await loadList(video.dataset.file, type);
      const at = frameAt(list.frames, seconds);
      if (at < 0) return;
      if (!pictures.has(at)) keep(pictures, at, await renderFrame(list, at));
      if (wanted !== null) draw(canvas, pictures.get(at), list.frames[at].start);
    } catch {
      // Without a picture, the time is enough.
      canvas.hidden = true;
      clearTimeout(timer);
      timer = setTimeout(load, RETRY_DELAY_MS);
      return;
    } finally {
      isLoading = false;
    }
    // The pointer may have moved meanwhile.
    if (wanted !== null && wanted !== seconds) load();
  };
  return (seconds) => {
    wanted = seconds;
    clearTimeout(timer);
    if (seconds !== null) timer = setTimeout(load, LOAD_DELAY_MS);
  };
}

async function loadList(file, type) {
  const url = new URL(file, location.href);
  url.pathname += "/hls/iframes.m3u8";
  const response = await fetched(url);
  const list = parseKeyFrames(await response.text(), url);
  return { type, frames: list.frames, init: await (await fetched(list.init)).arrayBuffer() };
}

async function fetched(url) {
  const response = await fetch(url);
  if (!response.ok) throw new Error(`status ${response.status}`);
  return response;
}

/** Decodes a frame by a video of its own, which has nothing else. Returns an image. */
async function renderFrame({ type, init, frames }, at) {
  const frame = await (await fetched(frames[at].url)).arrayBuffer();
  const source = new MediaSource();
  const video = document.createElement("video");
  video.muted = true;
  const address = URL.createObjectURL(source);
  video.src = address;
  try {
    await next(source, "sourceopen");
    const buffer = source.addSourceBuffer(type);
    for (const part of [init, frame]) {
      buffer.appendBuffer(part);
      await next(buffer, "updateend");
    }
    source.endOfStream();
    video.currentTime = video.buffered.start(0);
    await next(video, "seeked");
    const height = Math.round((WIDTH * video.videoHeight) / video.videoWidth);
    return await createImageBitmap(video, { resizeWidth: WIDTH, resizeHeight: height });
  } finally {
    video.removeAttribute("src");
    video.load();
    URL.revokeObjectURL(address);
  }
}

/** Waits for an event; fails after an error, or after too long a time. */
function next(target, event) {
  return new Promise((resolve, reject) => {
    const signal = AbortSignal.timeout(DECODE_TIMEOUT_MS);
    target.addEventListener(event, resolve, { once: true, signal });
    target.addEventListener("error", reject, { once: true, signal });
    signal.addEventListener("abort", reject, { once: true });
  });
}

function keep(pictures, at, picture) {
  pictures.set(at, picture);
  if (pictures.size <= MAX_PICTURES) return;
  const [oldest] = pictures.keys();
  pictures.get(oldest).close();
  pictures.delete(oldest);
}

function draw(canvas, picture, seconds) {
  canvas.width = picture.width;
  canvas.height = picture.height;
  canvas.getContext("2d").drawImage(picture, 0, 0);
  canvas.dataset.seconds = seconds;
  canvas.hidden = false;
}
