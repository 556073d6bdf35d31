// One file to the server by tus 1.0: in pieces, so that a broken connection
// costs at most one of them.

import { Refused, refusal, send } from "./http.js";

const UPLOADS = "/api/v1/uploads";
const PIECE_BYTES = 8 * 1024 * 1024;
/** So many failures in a row, about two minutes, before it waits for a person. */
const MAX_FAILURES = 8;
/** What another try may mend; all else is for a person to decide. */
const PASSING = new Set([
  "unreachable", "locked", "unavailable", "too_many_requests", "checksum_mismatch", "internal", "unknown",
]);
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
  /** `onProgress(bytes)` and `onState("sending" | "waiting")` are told how it goes. */
  constructor(file, { name, replace = false, onProgress, onState }) {
    Object.assign(this, { file, name, replace, onProgress, onState });
    this.url = null;
    this.offset = 0;
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
        return await send("GET", `/api/v1/media/${encodeURIComponent(this.name)}`);
      } catch (error) {
        fresh = false;
        if (this.paused) throw error;
        failures += 1;
        if (!this.#mayPass(error) || failures > MAX_FAILURES) throw error;
        this.onState("waiting", error.message);
        await this.#rest(failures);
      }
    }
  }

  /** Stops sending; `run` goes on. */
  pause() {
    this.paused = true;
    this.request?.abort();
    this.wake?.();
  }

  /** Gives the upload up and frees its space on the server. */
  async discard() {
    this.pause();
    if (this.url) await send("DELETE", this.url, { headers: VERSION }).catch(() => {});
    this.url = null;
    this.offset = 0;
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
    this.url = new URL(answer.headers.get("location"), location.href).pathname;
    this.offset = 0;
  }

  /** Asks how much the server has. */
  async #ask() {
    const answer = await fetch(this.url, { method: "HEAD", headers: VERSION }).catch(() => null);
    if (!answer) throw unreachable();
    if (answer.status === 409) {
      throw new Refused("Meanwhile another file has taken this name.", 409, "conflict");
    }
    // An answer to HEAD has no words of its own.
    if (!answer.ok) throw refusal(answer.status, "");
    this.offset = Number(answer.headers.get("upload-offset"));
    this.onProgress(this.offset);
  }

  /** XMLHttpRequest, because fetch tells nothing of what it has sent. */
  async #sendPiece() {
    const from = this.offset;
    const piece = await read(this.file.slice(from, from + PIECE_BYTES));
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
        resolve();
      };
      request.onerror = () => reject(unreachable());
      request.onabort = () => reject(new Refused("Paused.", 0, "paused"));
      // As a blob, so that the browser need not copy it about.
      request.send(new Blob([piece]));
    });
  }

  /** Whether trying again can help; what the server has forgotten starts anew. */
  #mayPass(error) {
    if ((error.status === 404 || error.status === 410) && this.url) {
      this.url = null;
      this.offset = 0;
      return true;
    }
    return PASSING.has(error.code);
  }

  /** Waits longer each time, with jitter; at most until the network is back. */
  #rest(failures) {
    const ms = Math.min(30_000, 500 * 2 ** failures) * (0.5 + Math.random() / 2);
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
