// How fast something goes, over the last few seconds.

const WINDOW_MS = 6000;

/** Fed with totals, tells bytes per second. */
export class Rate {
  constructor() {
    this.reset();
  }

  /** Forgets the past, such as a pause. */
  reset() {
    this.seen = [];
  }

  /** The total now. */
  at(bytes) {
    const now = performance.now();
    // A step back: the server had less than was sent.
    if (this.seen.length && bytes < this.seen.at(-1).bytes) this.reset();
    this.seen.push({ now, bytes });
    while (this.seen.length > 2 && now - this.seen[0].now > WINDOW_MS) this.seen.shift();
  }

  /** Bytes per second; 0 while it cannot be told. */
  get perSecond() {
    if (this.seen.length < 2) return 0;
    const [first, last] = [this.seen[0], this.seen.at(-1)];
    const seconds = (last.now - first.now) / 1000;
    return seconds > 0.5 ? (last.bytes - first.bytes) / seconds : 0;
  }
}
