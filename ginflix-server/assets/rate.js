// The speed of a transfer over the last few seconds.

const WINDOW_MS = 6000;

/** Computes bytes per second from totals. */
export class Rate {
  constructor() {
    this.reset();
  }

  /** Forgets all samples, for example after a pause. */
  reset() {
    this.samples = [];
  }

  /** Adds the current total. */
  add(bytes) {
    const now = performance.now();
    // The total can decrease: the server may have less than was sent.
    if (this.samples.length && bytes < this.samples.at(-1).bytes) this.reset();
    this.samples.push({ now, bytes });
    while (this.samples.length > 2 && now - this.samples[0].now > WINDOW_MS) this.samples.shift();
  }

  /** Bytes per second; 0 if there are too few samples. */
  get perSecond() {
    if (this.samples.length < 2) return 0;
    const [first, last] = [this.samples[0], this.samples.at(-1)];
    const seconds = (last.now - first.now) / 1000;
    return seconds > 0.5 ? (last.bytes - first.bytes) / seconds : 0;
  }
}
