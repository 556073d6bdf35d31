// One file to the server by tus 1.0: in pieces that take about two seconds, so
// that a broken connection costs no more than that.

import { Refused, refusal, send } from "./http.js";

const UPLOADS = "/api/v1/uploads";
const FIRST_PIECE_BYTES = 1024 * 1024;
const SMALLEST_PIECE_BYTES = 256 * 1024;
const LARGEST_PIECE_BYTES = 16 * 1024 * 1024;
const PIECE_SECONDS = 2;
/** A server that is away comes back: this is tried for as long as the page is open. */
const AWAY = new Set(["unreachable", "unavailable", "locked", "too_many_requests"]);
/** What another try may mend, but not for ever; all else is for a person to decide. */
const PASSING = new Set(["checksum_mismatch", "internal", "unknown"]);
const MAX_FAILURES = 6;
const VERSION = { "tus-resumable": "1.0.0" };

/** The legal media name nearest to a file's name, by the server's rule. */
export function mediaName(fileName) {
  return fileName
    .normalize("NFC")
    .replace(/[^\p{Alphabetic}\p{N}\p{M} \-_.()[\]]+/gu, "_")
    .replace(/\.{2,}/g, ".")
    .replace(/^[ _]+|[ _]+$/g, "")
    .replace(/^\.+/, "");
}

/** Why a file cannot be uploaded at all; null if it can. */
export function unfit(file, name) {
  if (!file.size) return "This file is empty.";
  if (!/.\.[a-z0-9]{1,10}$/i.test(name)) return "A film's name needs an extension, such as .mp4.";
  return null;
}

/** An upload that can be paused and goes on where it was. */
export class Upload {
  /**
   * Told how it goes: `onProgress(bytes)`, `onState("sending" | "waiting", why)`,
   * `onPlace(url)` when the server keeps it elsewhere, null for nowhere. With
   * a `url` an earlier upload goes on.
   */
  constructor(file, { name, url = null, replace = false, onProgress, onState, onPlace }) {
    Object.assign(this, { file, name, url, replace, onProgress, onState, onPlace });
    this.offset = 0;
    this.pieceBytes = FIRST_PIECE_BYTES;
    /** Whether the server has held every piece against its checksum. */
    this.verified = true;
    this.paused = false;
    this.request = null;
  }

  /** Sends all that is missing; throws what a person has to decide about. */
  async run() {
    this.paused = false;
    let failures = 0;
    let fresh = this.url === null;
    for (;;) {
      try {
        if (!this.url) await this.#create();
        else if (!fresh) await this.#ask();
        fresh = true;
        this.onState("sending");
        while (this.offset < this.file.size) {
          await this.#sendPiece();
          failures = 0;
        }
        const media = await send("GET", `/api/v1/media/${encodeURIComponent(this.name)}`);
        this.#isAt(null);
        return media;
      } catch (error) {
        fresh = false;
        if (this.paused) throw error;
        if (await this.#hasMoved(error)) continue;
        failures += 1;
        if (!this.#mayPass(error, failures)) throw error;
        this.onState("waiting", error.message);
        await this.#rest(failures);
      }
    }
  }

  /** Stops sending; `run` goes on. */
  pause() {
    this.paused = true;
    this.request?.abort();
    this.tryNow();
  }

  /** Ends the wait for a server that is away. */
  tryNow() {
    this.wake?.();
  }

  /** Gives the upload up and frees its space on the server. */
  async discard() {
    this.pause();
    if (this.url) await send("DELETE", this.url, { headers: VERSION }).catch(() => {});
    this.#isAt(null);
  }

  /** How much of an upload the server has; throws what it says instead. */
  static async offsetOf(url) {
    const answer = await fetch(url, { method: "HEAD", headers: VERSION }).catch(() => null);
    if (!answer) throw unreachable();
    // An answer to HEAD has no words of its own.
    if (!answer.ok) throw refusal(answer.status, "");
    return Number(answer.headers.get("upload-offset"));
  }

  #isAt(url) {
    this.url = url;
    this.offset = 0;
    this.onPlace?.(url);
  }

  async #create() {
    const metadata = [["filename", this.name], ...(this.replace ? [["replace", "true"]] : [])];
    const answer = await fetch(UPLOADS, {
      method: "POST",
      headers: {
        ...VERSION,
        "upload-length": String(this.file.size),
        "upload-metadata": metadata.map(([key, value]) => `${key} ${base64(value)}`).join(","),
      },
    }).catch(() => null);
    if (!answer) throw unreachable();
    if (!answer.ok) throw refusal(answer.status, await answer.text());
    this.#isAt(new URL(answer.headers.get("location"), location.href).pathname);
  }

  /** Asks how much the server has. */
  async #ask() {
    try {
      this.offset = await Upload.offsetOf(this.url);
    } catch (error) {
      if (error.status !== 409) throw error;
      throw new Refused("Meanwhile another file has taken this name.", 409, "conflict");
    }
    this.onProgress(this.offset);
  }

  /** XMLHttpRequest, because fetch tells nothing of what it has sent. */
  async #sendPiece() {
    const from = this.offset;
    const piece = await read(this.file.slice(from, from + this.pieceBytes));
    const started = performance.now();
    const checksum = await sha256(piece);
    this.verified = this.verified && checksum !== null;
    if (this.paused) throw new Refused("Paused.", 0, "paused");
    await new Promise((resolve, reject) => {
      const request = new XMLHttpRequest();
      this.request = request;
      request.open("PATCH", this.url);
      request.setRequestHeader("tus-resumable", "1.0.0");
      request.setRequestHeader("upload-offset", String(from));
      request.setRequestHeader("content-type", "application/offset+octet-stream");
      if (checksum) request.setRequestHeader("upload-checksum", `sha256 ${checksum}`);
      request.upload.onprogress = (event) => this.onProgress(from + event.loaded);
      request.onload = () => {
        if (request.status !== 204) {
          reject(refusal(request.status, request.responseText));
          return;
        }
        this.offset = Number(request.getResponseHeader("upload-offset"));
        this.onProgress(this.offset);
        this.#adapt((performance.now() - started) / 1000);
        resolve();
      };
      request.onerror = () => reject(unreachable());
      request.onabort = () => reject(new Refused("Paused.", 0, "paused"));
      // As a blob, so that the browser need not copy it about.
      request.send(new Blob([piece]));
    });
  }

  /**
   * Whether a conflict is only about where the upload stands: what an earlier
   * connection sent may arrive late. Else it is about the name.
   */
  async #hasMoved(error) {
    if (error.status !== 409 || !this.url) return false;
    const offset = await Upload.offsetOf(this.url).catch(() => this.offset);
    return offset !== this.offset && offset < this.file.size;
  }

  /** The next piece, by how long the last one took; it grows gently. */
  #adapt(seconds) {
    const wanted = this.pieceBytes * Math.min(2, PIECE_SECONDS / Math.max(seconds, 0.01));
    this.pieceBytes = Math.round(Math.min(LARGEST_PIECE_BYTES, Math.max(SMALLEST_PIECE_BYTES, wanted)));
  }

  /** Whether trying again can help; what the server has forgotten starts anew. */
  #mayPass(error, failures) {
    if ((error.status === 404 || error.status === 410) && this.url) {
      this.#isAt(null);
      return true;
    }
    return AWAY.has(error.code) || (PASSING.has(error.code) && failures <= MAX_FAILURES);
  }

  /** Waits longer each time, with jitter; at most until the network is back. */
  #rest(failures) {
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
  return new Refused("The connection to the server is broken.");
}

async function read(piece) {
  try {
    return await piece.arrayBuffer();
  } catch {
    throw new Refused("The file cannot be read any more: it was changed, moved or removed on this machine.", 0, "unreadable");
  }
}

/** The checksum in base64; null where browsers have none: on plain http. */
async function sha256(bytes) {
  if (!crypto.subtle) return null;
  return btoa(String.fromCharCode(...new Uint8Array(await crypto.subtle.digest("SHA-256", bytes))));
}

function base64(text) {
  return btoa(String.fromCharCode(...new TextEncoder().encode(text)));
}
