// The address of the page follows one stage. Another component of the page writes it; both know the same shelf.

const BETWEEN_MS = 500; // browsers refuse to write the address more often than a few times a second

/** What the stage and the component that writes the address share: {moment: {step, phase, view, lens}, press(event), asks(), write(), copy()}. */
export function linkShelf() {
  return (globalThis[Symbol.for("memattn.link")] ??= {});
}

/** Puts the moment on the shelf at once, and has it written at most twice a second, the last one in any case. */
export class Link {
  /** `press`: does what a key asks of the stage, from wherever the page heard it; `asks`: whether a question is open. */
  constructor(press, asks) {
    this.press = press;
    this.asks = asks;
    this.moment = null;
    this.written = -Infinity;
    this.waiting = 0;
  }

  /** Stand at step k (from 0), after a phase or, by null, where the step rests by itself, with a view opened and the lens set so, or "". */
  show({ k, phase, view, lens }) {
    const shelf = linkShelf();
    shelf.press = this.press;
    shelf.asks = this.asks;
    const same = this.moment && shelf.moment === this.moment && this.moment.step === k + 1;
    if (same && this.moment.phase === phase && this.moment.view === view && this.moment.lens === lens) return;
    shelf.moment = this.moment = { step: k + 1, phase, view, lens };
    if (this.waiting) return;
    const wait = this.written + BETWEEN_MS - performance.now();
    if (wait <= 0) this.write();
    else this.waiting = setTimeout(() => this.write(), wait);
  }

  write() {
    clearTimeout(this.waiting);
    this.waiting = 0;
    this.written = performance.now();
    linkShelf().write?.();
  }

  /** Copy the address of what is seen now; whether that worked. */
  async copy() {
    if (this.waiting) this.write();
    return Boolean(await linkShelf().copy?.());
  }

  /** Another payload: the address is written even if the moment is the same. */
  renew() {
    this.moment = null;
    this.written = -Infinity;
  }

  close() {
    clearTimeout(this.waiting);
    this.waiting = 0;
    const shelf = linkShelf();
    if (this.moment && shelf.moment === this.moment) shelf.moment = null;
    if (shelf.press === this.press) shelf.press = shelf.asks = null;
    this.moment = null;
  }
}
