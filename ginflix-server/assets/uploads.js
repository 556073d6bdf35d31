// The list of uploads: films are sent one after another, and those that an
// earlier page left unfinished go on.

import { toast } from "./dialog.js";
import { size } from "./format.js";
import { Rate } from "./rate.js";
import { Upload, mediaName, unfit } from "./tus.js";
import { claim, all as unfinished, forget, remember } from "./unfinished.js";
import { Row, button, link, pace } from "./upload-row.js";

const jobs = new Set();
const waiting = [];
const total = document.getElementById("uploads-total");
const pageTitle = document.title;
let running = null;
let onFinished = () => {};

/** Calls back whenever the server has another file. */
export function whenFinished(callback) {
  onFinished = callback;
}

/** Whether leaving the page would stop something. */
export function isBusy() {
  return running !== null || waiting.length > 0;
}

/** Takes a file in, with the handle to it where the browser gave one. */
export function add(file, handle = null) {
  const lost = [...jobs].find((job) => job.isLost && job.isOf(file));
  if (lost) {
    lost.found(file, handle);
  } else if ([...jobs].some((job) => job.isOpen && job.isOf(file))) {
    toast(`${file.name} is in the list already.`);
  } else {
    new Job({ name: mediaName(file.name), fileName: file.name, size: file.size, modified: file.lastModified, handle }, file);
  }
}

/** Lists what earlier pages left unfinished, and goes on with what it can. */
export async function takeUp() {
  for (const kept of await unfinished()) {
    if (await claim(kept.url)) await new Job(kept).takeUp();
  }
}

class Job {
  /** `facts` as `remember` has them; without a file it is lost until found. */
  constructor(facts, file = null) {
    this.facts = facts;
    this.rate = new Rate();
    this.sent = 0;
    this.ended = false;
    this.row = new Row(facts.name, facts.size);
    this.upload = new Upload(file, {
      name: facts.name,
      url: facts.url,
      replace: facts.replace,
      onProgress: (bytes) => this.#progress(bytes),
      onState: (state, words) => this.#state(state, words),
      onPlace: (url) => this.#place(url),
    });
    jobs.add(this);
    if (file) this.#enter(file);
  }

  get isLost() {
    return !this.ended && this.upload.file === null;
  }

  get isOpen() {
    return !this.ended && this.row.isShown;
  }

  /** Whether it is this file, as far as a browser can tell. */
  isOf(file) {
    const { fileName, size: bytes, modified } = this.facts;
    return file.name === fileName && file.size === bytes && file.lastModified === modified;
  }

  #enter(file) {
    const why = unfit(file, this.facts.name);
    if (why) {
      this.row.say(why, "failed");
      this.row.offer(button("Remove from the list", () => this.#drop()));
      return;
    }
    this.#queue();
  }

  /** Goes on with an upload of an earlier page. */
  async takeUp() {
    try {
      this.sent = await Upload.offsetOf(this.facts.url);
    } catch (error) {
      this.#cannotTakeUp(error);
      return;
    }
    this.row.reach(this.sent);
    if (this.sent >= this.facts.size) {
      // It was whole; only this browser had not heard of it.
      await forget(this.facts.url);
      this.#drop();
      onFinished();
      return;
    }
    const { handle } = this.facts;
    const may = await handle?.queryPermission({ mode: "read" }).catch(() => "denied");
    if (may === "granted") await this.#open(handle);
    else this.#ask();
  }

  #cannotTakeUp(error) {
    if (error.status === 404 || error.status === 410) {
      forget(this.facts.url);
      this.row.say("The server no longer has what was sent of it. Choose the file again to start anew.", "failed");
      this.ended = true;
      this.row.offer(button("Remove from the list", () => this.#drop()));
      return;
    }
    this.row.say(error.message, "failed");
    this.row.offer(button("Try again", () => this.takeUp()), this.#giveUp());
  }

  /** Asks for the file, which the browser no longer has. */
  #ask() {
    const { handle } = this.facts;
    const so = `${size(this.sent)} of ${size(this.facts.size)} are on the server.`;
    if (handle) {
      this.row.say(`${so} Go on where it stopped?`);
      this.row.offer(button("Go on", async () => {
        const may = await handle.requestPermission({ mode: "read" }).catch(() => "denied");
        if (may === "granted") await this.#open(handle);
        else this.#askForFile(so);
      }, "button small primary"), this.#giveUp());
    } else {
      this.#askForFile(so);
    }
  }

  #askForFile(so) {
    this.row.say(`${so} Choose ${this.facts.fileName} again to go on.`);
    this.row.offer(button("Choose the file", () => this.#choose(), "button small primary"), this.#giveUp());
  }

  async #open(handle) {
    const file = await handle.getFile().catch(() => null);
    if (!file) this.#askForFile("The file is no longer where it was.");
    else if (this.isOf(file)) this.found(file, handle);
    else this.#wrong(file);
  }

  #choose() {
    const input = document.createElement("input");
    input.type = "file";
    input.addEventListener("change", () => {
      const [file] = input.files;
      if (file && this.isOf(file)) this.found(file, null);
      else if (file) this.#wrong(file);
    });
    input.click();
  }

  #wrong(file) {
    const { fileName, size: bytes, modified } = this.facts;
    const changed = file.name === fileName
      ? `${fileName} was changed since: it had ${size(bytes)}, last changed on ${day(modified)}.`
      : `${file.name} is another file: this one is ${fileName}, ${size(bytes)}.`;
    this.row.say(`${changed} Choose the file as it was, or cancel and start anew.`, "failed");
    this.row.offer(button("Choose the file", () => this.#choose(), "button small primary"), this.#giveUp());
  }

  /** The file is there again. */
  found(file, handle) {
    this.upload.file = file;
    if (handle) {
      this.facts.handle = handle;
      remember(this.facts);
    }
    this.#queue();
  }

  #queue() {
    this.row.say("Waiting for its turn.");
    this.row.offer(button("Remove from the list", () => {
      waiting.splice(waiting.indexOf(this), 1);
      this.#cancel();
    }));
    waiting.push(this);
    runNext();
  }

  async run() {
    this.row.say("Starting.", "moving");
    this.#offerPause();
    try {
      const media = await this.upload.run();
      this.ended = true;
      this.row.reach(this.facts.size);
      const checked = this.upload.verified ? "every piece verified" : "all of it";
      this.row.say(`Done: ${size(media.size_bytes)}, ${checked}.`, "done");
      this.row.offer(link("Add as movie", newMoviePath(this.facts.name)));
      onFinished();
    } catch (error) {
      if (this.isOpen) this.#settle(error);
    }
  }

  #settle(error) {
    const { upload, row } = this;
    if (error.code === "paused" || upload.paused) {
      row.say(`Paused at ${size(upload.offset)} of ${size(this.facts.size)}.`);
      row.reach(upload.offset);
      row.offer(button("Go on", () => this.#queue(), "button small primary"), this.#giveUp());
    } else if (error.code === "conflict" && !upload.replace) {
      row.say(error.message, "failed");
      row.offer(button("Replace the file on the server", async () => {
        await upload.discard();
        upload.replace = this.facts.replace = true;
        this.#queue();
      }), this.#giveUp());
    } else {
      row.say(error.message, "failed");
      row.offer(button("Try again", () => this.#queue(), "button small primary"), this.#giveUp());
    }
  }

  #offerPause(...before) {
    this.row.offer(...before, button("Pause", () => this.upload.pause()), this.#giveUp());
  }

  #giveUp() {
    return button("Cancel", () => this.#cancel(), "button small quiet-button");
  }

  async #cancel() {
    this.#drop();
    await this.upload.discard();
  }

  #drop() {
    this.ended = true;
    this.row.remove();
    jobs.delete(this);
    tellTotal();
  }

  #progress(bytes) {
    this.sent = bytes;
    this.rate.at(bytes);
    this.row.progress(bytes, this.rate.perSecond);
    tellTotal();
  }

  #state(state, words) {
    if (state === "waiting") {
      this.row.say(`${words} Trying again.`);
      this.#offerPause(button("Try now", () => this.upload.tryNow()));
    } else {
      this.rate.reset();
      this.#offerPause();
    }
  }

  /** The server keeps it at another place from now on. */
  #place(url) {
    if (this.facts.url) forget(this.facts.url);
    this.facts.url = url;
    if (url) {
      claim(url);
      remember(this.facts);
    }
  }
}

/** One film at a time has the whole line, so the first is there soonest. */
async function runNext() {
  if (running || !waiting.length) return;
  running = waiting.shift();
  await running.run();
  running = null;
  tellTotal();
  runNext();
}

/** One line for all, once there are several. */
function tellTotal() {
  const open = [...jobs].filter((job) => job === running || waiting.includes(job));
  const [bytes, sent] = [sum(open, (job) => job.facts.size), sum(open, (job) => job.sent)];
  total.hidden = open.length < 2;
  total.textContent = open.length < 2
    ? ""
    : `${open.length} films to go: ${size(sent)} of ${size(bytes)}${pace(bytes - sent, running?.rate.perSecond)}`;
  document.title = open.length ? `${Math.floor((100 * sent) / bytes)}% · ${pageTitle}` : pageTitle;
}

function sum(items, of) {
  return items.reduce((all, item) => all + of(item), 0);
}

function day(milliseconds) {
  return new Date(milliseconds).toLocaleString(undefined, { dateStyle: "medium", timeStyle: "short" });
}

function newMoviePath(name) {
  const stem = name.replace(/\.[^.]*$/, "");
  const title = stem.includes(" ") ? stem : stem.split(/[_\-.]+/).filter(Boolean).join(" ");
  return `/admin/movies/new?${new URLSearchParams({ media: name, title })}`;
}
