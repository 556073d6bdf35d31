// The list of uploads. Files are sent one after another, and unfinished uploads of an earlier page
// are resumed.

import { toast } from "./dialog.js";
import { size } from "./format.js";
import { Rate } from "./rate.js";
import { dateLanguage, say } from "./say.js";
import { Upload, fileProblem, mediaName } from "./tus.js";
import { claim, all as unfinished, forget, remember } from "./unfinished.js";
import { Row, button, link, progress } from "./upload-row.js";

const jobs = new Set();
const queue = [];
const totalElement = document.getElementById("uploads-total");
const pageTitle = document.title;
let running = null;
let uploaded = () => {};

/** Sets a callback for each file that was uploaded. */
export function onUploaded(callback) {
  uploaded = callback;
}

/** Returns whether leaving the page would stop an upload. */
export function isBusy() {
  return running !== null || queue.length > 0;
}

/** Adds a file, with its handle if the browser has one. */
export function add(file, handle = null) {
  const resumable = [...jobs].find((job) => job.needsFile && job.isFor(file));
  if (resumable) {
    resumable.attach(file, handle);
  } else if ([...jobs].some((job) => job.isOpen && job.isFor(file))) {
    toast(say("script-upload-listed", { name: file.name }));
  } else {
    new Job({ name: mediaName(file.name), fileName: file.name, size: file.size, modified: file.lastModified, handle }, file);
  }
}

/** Lists the unfinished uploads of earlier pages, and resumes those that it can. */
export async function resumeAll() {
  for (const stored of await unfinished()) {
    if (await claim(stored.url)) await new Job(stored).resume();
  }
}

/** An upload in the list. */
class Job {
  /** Takes the facts that `remember` stores. Without a file, the upload waits for one. */
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
      onState: (state, message) => this.#showState(state, message),
      onUrl: (url) => this.#setUrl(url),
    });
    jobs.add(this);
    if (file) this.#start(file);
  }

  get needsFile() {
    return !this.ended && this.upload.file === null;
  }

  get isOpen() {
    return !this.ended && this.row.isShown;
  }

  /** Returns whether it is the upload of this file, as far as a browser can tell. */
  isFor(file) {
    const { fileName, size: bytes, modified } = this.facts;
    return file.name === fileName && file.size === bytes && file.lastModified === modified;
  }

  #start(file) {
    const problem = fileProblem(file, this.facts.name);
    if (problem) {
      this.row.showMessage(problem, "failed");
      this.row.setActions(button(say("script-upload-unlist"), () => this.#removeFromList()));
      return;
    }
    this.#enqueue();
  }

  /** Resumes an upload of an earlier page. */
  async resume() {
    let isPublished;
    try {
      ({ offset: this.sent, isPublished } = await Upload.stateOf(this.facts.url));
    } catch (error) {
      this.#showResumeError(error);
      return;
    }
    this.row.setProgress(this.sent);
    if (isPublished) {
      // The upload is complete, but this browser did not get the last response.
      await forget(this.facts.url);
      this.#removeFromList();
      uploaded();
      return;
    }
    const { handle } = this.facts;
    const permission = await handle?.queryPermission({ mode: "read" }).catch(() => "denied");
    if (permission === "granted") await this.#open(handle);
    else this.#askForPermission();
  }

  #showResumeError(error) {
    if (error.status === 404 || error.status === 410) {
      forget(this.facts.url);
      this.row.showMessage(say("script-upload-forgotten"), "failed");
      this.ended = true;
      this.row.setActions(button(say("script-upload-unlist"), () => this.#removeFromList()));
      return;
    }
    this.row.showMessage(error.message, "failed");
    this.row.setActions(button(say("script-upload-try-again"), () => this.resume()), this.#cancelButton());
  }

  /** Asks for access to the file, which the browser lost when the page was closed. */
  #askForPermission() {
    const { handle } = this.facts;
    const reason = say("script-upload-on-server", { sent: size(this.sent), size: size(this.facts.size) });
    if (handle) {
      this.row.showMessage(say("script-upload-resume-question", { reason }));
      this.row.setActions(button(say("script-upload-resume"), async () => {
        const permission = await handle.requestPermission({ mode: "read" }).catch(() => "denied");
        if (permission === "granted") await this.#open(handle);
        else this.#askForFile(reason);
      }, "button small primary"), this.#cancelButton());
    } else {
      this.#askForFile(reason);
    }
  }

  #askForFile(reason) {
    this.row.showMessage(say("script-upload-choose-again", { reason, name: this.facts.fileName }));
    this.row.setActions(button(say("script-upload-choose"), () => this.#choose(), "button small primary"), this.#cancelButton());
  }

  async #open(handle) {
    const file = await handle.getFile().catch(() => null);
    if (!file) this.#askForFile(say("script-upload-moved"));
    else if (this.isFor(file)) this.attach(file, handle);
    else this.#rejectFile(file);
  }

  #choose() {
    const input = document.createElement("input");
    input.type = "file";
    input.addEventListener("change", () => {
      const [file] = input.files;
      if (file && this.isFor(file)) this.attach(file, null);
      else if (file) this.#rejectFile(file);
    });
    input.click();
  }

  #rejectFile(file) {
    const { fileName: name, size: bytes, modified } = this.facts;
    const message = file.name === name
      ? say("script-upload-changed", { name, size: size(bytes), day: day(modified) })
      : say("script-upload-other-file", { other: file.name, name, size: size(bytes) });
    this.row.showMessage(message, "failed");
    this.row.setActions(button(say("script-upload-choose"), () => this.#choose(), "button small primary"), this.#cancelButton());
  }

  /** Sets the file and continues. */
  attach(file, handle) {
    this.upload.file = file;
    if (handle) {
      this.facts.handle = handle;
      remember(this.facts);
    }
    this.#enqueue();
  }

  #enqueue() {
    this.row.showMessage(say("script-upload-queued"));
    this.row.setActions(button(say("script-upload-unlist"), () => {
      queue.splice(queue.indexOf(this), 1);
      this.#cancel();
    }));
    queue.push(this);
    runNext();
  }

  async run() {
    this.row.showMessage(say("script-upload-starting"), "moving");
    this.#showPauseButton();
    try {
      const media = await this.upload.run();
      this.ended = true;
      this.row.setProgress(this.facts.size);
      const bytes = size(media.size_bytes);
      const done = this.upload.verified
        ? say("script-upload-done-verified", { size: bytes })
        : say("script-upload-done", { size: bytes });
      this.row.showMessage([done, ...media.playability.reasons].join(" "), "done");
      this.row.setActions(link(say("script-upload-add"), newMoviePath(this.facts.name)));
      uploaded();
    } catch (error) {
      if (this.isOpen) this.#showError(error);
    }
  }

  #showError(error) {
    const { upload, row } = this;
    if (error.code === "paused" || upload.paused) {
      row.showMessage(say("script-upload-paused-at", { sent: size(upload.offset), size: size(this.facts.size) }));
      row.setProgress(upload.offset);
      row.setActions(button(say("script-upload-resume"), () => this.#enqueue(), "button small primary"), this.#cancelButton());
    } else if (error.code === "conflict" && !upload.replace) {
      row.showMessage(say("script-upload-exists", { name: this.facts.name }), "failed");
      row.setActions(button(say("script-upload-replace"), async () => {
        await upload.discard();
        upload.replace = this.facts.replace = true;
        this.#enqueue();
      }), this.#cancelButton());
    } else if (error.code === "damaged") {
      row.showMessage(error.message, "failed");
      row.setActions(button(say("script-upload-publish-damaged"), () => {
        upload.acceptDamaged = true;
        this.#enqueue();
      }), this.#cancelButton());
    } else {
      row.showMessage(error.message, "failed");
      row.setActions(button(say("script-upload-try-again"), () => this.#enqueue(), "button small primary"), this.#cancelButton());
    }
  }

  #showPauseButton(...before) {
    this.row.setActions(...before, button(say("script-upload-pause"), () => this.upload.pause()), this.#cancelButton());
  }

  #cancelButton() {
    return button(say("script-upload-cancel"), () => this.#cancel(), "button small quiet-button");
  }

  async #cancel() {
    this.#removeFromList();
    await this.upload.discard();
  }

  #removeFromList() {
    this.ended = true;
    this.row.remove();
    jobs.delete(this);
    showTotal();
  }

  #progress(bytes) {
    this.sent = bytes;
    this.rate.add(bytes);
    this.row.showTransfer(bytes, this.rate.perSecond);
    showTotal();
  }

  #showState(state, message) {
    if (state === "waiting") {
      this.row.showMessage(say("script-upload-retrying", { reason: message }));
      this.#showPauseButton(button(say("script-upload-try-now"), () => this.upload.retryNow()));
    } else {
      this.rate.reset();
      this.#showPauseButton();
    }
  }

  /** Stores the upload under its new URL. */
  #setUrl(url) {
    if (this.facts.url) forget(this.facts.url);
    this.facts.url = url;
    if (url) {
      claim(url);
      remember(this.facts);
    }
  }
}

/** Starts the next upload. Only one runs at a time, so that the first is complete soonest. */
async function runNext() {
  if (running || !queue.length) return;
  running = queue.shift();
  await running.run();
  running = null;
  showTotal();
  runNext();
}

/** Shows the progress of all uploads, if there are several. */
function showTotal() {
  const open = [...jobs].filter((job) => job === running || queue.includes(job));
  const [bytes, sent] = [sum(open, (job) => job.facts.size), sum(open, (job) => job.sent)];
  totalElement.hidden = open.length < 2;
  totalElement.textContent = open.length < 2
    ? ""
    : say("script-upload-total", { count: open.length, progress: progress(sent, bytes, running?.rate.perSecond) });
  document.title = open.length ? `${Math.floor((100 * sent) / bytes)}% · ${pageTitle}` : pageTitle;
}

function sum(items, value) {
  return items.reduce((total, item) => total + value(item), 0);
}

function day(milliseconds) {
  return new Date(milliseconds).toLocaleString(dateLanguage, { dateStyle: "medium", timeStyle: "short" });
}

function newMoviePath(name) {
  return `/admin/movies/new?${new URLSearchParams({ media: name })}`;
}
