// Uploads one file by tus 1.0, in chunks that take about two seconds each, so that a broken
// connection loses no more than that.

import { ApiError, apiError, send } from "./http.js";
import { say } from "./say.js";

const UPLOADS = "/api/v1/uploads";
const FIRST_CHUNK_BYTES = 1024 * 1024;
const MIN_CHUNK_BYTES = 256 * 1024;
const MAX_CHUNK_BYTES = 16 * 1024 * 1024;
const CHUNK_SECONDS = 2;
/** Errors of a server that is temporarily unavailable, which are retried without a limit. */
const UNAVAILABLE = new Set(["unreachable", "unavailable", "locked", "too_many_requests"]);
/** Errors that are retried a few times. All others are for the user to decide about. */
const TRANSIENT = new Set(["checksum_mismatch", "internal", "unknown"]);
const MAX_FAILURES = 6;
const TUS_VERSION = { "tus-resumable": "1.0.0" };

/** Returns the legal media name that is nearest to a file's name, by the server's rules. */
export function mediaName(fileName) {
  return fileName
    .normalize("NFC")
    .replace(/[^\p{Alphabetic}\p{N}\p{M} \-_.()[\]]+/gu, "_")
    .replace(/\.{2,}/g, ".")
    .replace(/^[ _]+|[ _]+$/g, "")
    .replace(/^\.+/, "");
}

/** Returns why a file cannot be uploaded; null if it can. */
export function fileProblem(file, name) {
  if (!file.size) return say("script-upload-empty");
  if (!/.\.[a-z0-9]{1,10}$/i.test(name)) return say("script-upload-extension");
  return null;
}

/** An upload that can be paused and resumed. */
export class Upload {
  /**
   * Calls `onProgress(bytes)`, `onState("sending" | "waiting", message)`, and `onUrl(url)` when the
   * upload has another URL, or null when it has none. With a `url`, resumes an earlier upload.
   */
  constructor(file, { name, url = null, replace = false, onProgress, onState, onUrl }) {
    Object.assign(this, { file, name, url, replace, onProgress, onState, onUrl });
    this.offset = 0;
    /** Whether the server has published the file. */
    this.isPublished = false;
    /** Whether the server is to publish the file even if it is cut short or broken. */
    this.acceptDamaged = false;
    this.chunkBytes = FIRST_CHUNK_BYTES;
    /** Whether the server has verified the checksum of every chunk. */
    this.verified = true;
    this.paused = false;
    this.request = null;
  }

  /** Sends the rest of the file; throws errors that the user has to decide about. */
  async run() {
    this.paused = false;
    let failures = 0;
    let isOffsetKnown = this.url === null;
    for (;;) {
      try {
        if (!this.url) await this.#create();
        else if (!isOffsetKnown) await this.#fetchOffset();
        isOffsetKnown = true;
        this.onState("sending");
        while (!this.isPublished) {
          // A complete upload that is not published yet is completed by a chunk without content.
          await this.#sendChunk();
          failures = 0;
        }
        const media = await send("GET", `/api/v1/media/${encodeURIComponent(this.name)}`);
        this.#setUrl(null);
        return media;
      } catch (error) {
        isOffsetKnown = false;
        if (this.paused) throw error;
        if (await this.#isOffsetStale(error)) continue;
        failures += 1;
        if (!this.#canRetry(error, failures)) throw error;
        this.onState("waiting", error.message);
        await this.#backOff(failures);
      }
    }
  }

  /** Stops sending; `run` resumes. */
  pause() {
    this.paused = true;
    this.request?.abort();
    this.retryNow();
  }

  /** Ends the delay before the next retry. */
  retryNow() {
    this.wake?.();
  }

  /** Cancels the upload and frees its space on the server. */
  async discard() {
    this.pause();
    if (this.url) await send("DELETE", this.url, { headers: TUS_VERSION }).catch(() => {});
    this.#setUrl(null);
  }

  /** Fetches the offset of an upload, and whether its file is published. */
  static async stateOf(url) {
    const response = await fetch(url, { method: "HEAD", headers: TUS_VERSION }).catch(() => null);
    if (!response) throw unreachable();
    // A response to HEAD has no body with a message.
    if (!response.ok) throw apiError(response.status, "");
    // Only an upload that is not published expires.
    const isPublished = !response.headers.has("upload-expires");
    return { offset: Number(response.headers.get("upload-offset")), isPublished };
  }

  #setUrl(url) {
    this.url = url;
    this.offset = 0;
    this.isPublished = false;
    this.onUrl?.(url);
  }

  async #create() {
    const metadata = [["filename", this.name]];
    if (this.file.name !== this.name) metadata.push(["originalname", this.file.name]);
    if (this.replace) metadata.push(["replace", "true"]);
    const response = await fetch(UPLOADS, {
      method: "POST",
      headers: {
        ...TUS_VERSION,
        "upload-length": String(this.file.size),
        "upload-metadata": metadata.map(([key, value]) => `${key} ${base64(value)}`).join(","),
      },
    }).catch(() => null);
    if (!response) throw unreachable();
    if (!response.ok) throw apiError(response.status, await response.text());
    this.#setUrl(new URL(response.headers.get("location"), location.href).pathname);
  }

  /** Continues at the server's offset. */
  async #fetchOffset() {
    try {
      Object.assign(this, await Upload.stateOf(this.url));
    } catch (error) {
      if (error.status !== 409) throw error;
      throw new ApiError(say("script-upload-name-taken"), 409, "conflict");
    }
    this.onProgress(this.offset);
  }

  /** Sends a chunk by XMLHttpRequest, because fetch does not report the progress. */
  async #sendChunk() {
    const from = this.offset;
    const chunk = await read(this.file.slice(from, from + this.chunkBytes));
    const started = performance.now();
    const checksum = await sha256(chunk);
    this.verified = this.verified && checksum !== null;
    if (this.paused) throw new ApiError(say("script-upload-paused"), 0, "paused");
    await new Promise((resolve, reject) => {
      const request = new XMLHttpRequest();
      this.request = request;
      request.open("PATCH", this.url);
      request.setRequestHeader("tus-resumable", "1.0.0");
      request.setRequestHeader("upload-offset", String(from));
      request.setRequestHeader("content-type", "application/offset+octet-stream");
      if (checksum) request.setRequestHeader("upload-checksum", `sha256 ${checksum}`);
      if (this.acceptDamaged) request.setRequestHeader("ginflix-accept-damaged", "true");
      request.upload.onprogress = (event) => this.onProgress(from + event.loaded);
      request.onload = () => {
        if (request.status !== 204) {
          reject(apiError(request.status, request.responseText));
          return;
        }
        this.offset = Number(request.getResponseHeader("upload-offset"));
        this.isPublished = this.offset === this.file.size;
        this.onProgress(this.offset);
        this.#adaptChunkSize((performance.now() - started) / 1000);
        resolve();
      };
      request.onerror = () => reject(unreachable());
      request.onabort = () => reject(new ApiError(say("script-upload-paused"), 0, "paused"));
      // The browser does not copy the bytes of a blob between its processes.
      request.send(new Blob([chunk]));
    });
  }

  /**
   * Returns whether a conflict is about the offset only, because bytes of an earlier connection
   * arrived late. Otherwise it is about the name.
   */
  async #isOffsetStale(error) {
    if (error.status !== 409 || !this.url) return false;
    const { offset } = await Upload.stateOf(this.url).catch(() => this);
    return offset !== this.offset && offset < this.file.size;
  }

  /** Chooses the size of the next chunk by the duration of the last one; it doubles at most. */
  #adaptChunkSize(seconds) {
    const target = this.chunkBytes * Math.min(2, CHUNK_SECONDS / Math.max(seconds, 0.01));
    this.chunkBytes = Math.round(Math.min(MAX_CHUNK_BYTES, Math.max(MIN_CHUNK_BYTES, target)));
  }

  /** Returns whether a retry can help. An upload that the server has forgotten starts over. */
  #canRetry(error, failures) {
    if ((error.status === 404 || error.status === 410) && this.url) {
      this.#setUrl(null);
      return true;
    }
    return UNAVAILABLE.has(error.code) || (TRANSIENT.has(error.code) && failures <= MAX_FAILURES);
  }

  /** Waits with exponential backoff and jitter, at most 15 s; ends early when the network is back. */
  #backOff(failures) {
    const ms = Math.min(15_000, 500 * 2 ** Math.min(failures, 8)) * (0.5 + Math.random() / 2);
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, ms);
      this.wake = () => {
        clearTimeout(timer);
        resolve();
      };
      addEventListener("online", this.wake, { once: true });
    });
  }
}

function unreachable() {
  return new ApiError(say("script-error-connection-lost"));
}

async function read(chunk) {
  try {
    return await chunk.arrayBuffer();
  } catch {
    throw new ApiError(say("script-upload-unreadable"), 0, "unreadable");
  }
}

/** Computes a SHA-256 in base64; null over plain HTTP, where browsers do not have `crypto.subtle`. */
async function sha256(bytes) {
  if (!crypto.subtle) return null;
  return btoa(String.fromCharCode(...new Uint8Array(await crypto.subtle.digest("SHA-256", bytes))));
}

function base64(text) {
  return btoa(String.fromCharCode(...new TextEncoder().encode(text)));
}
