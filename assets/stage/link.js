// The address of the page follows one stage. Another component of the page writes it; both know the same shelf.

const OFFERED = ["press", "asks", "says"];
const BETWEEN_MS = 500; // browsers refuse to write the address more often than a few times a second

/**
 * What the stage shares with those components of the page that write the address and listen for keys: {moment: {step,
 * phase, view, lens}, press(event), asks(), says(), write(), copy()}.
 */
export function linkShelf() {
  return (globalThis[Symbol.for("memattn.link")] ??= {});
}

/** Puts the moment on the shelf at once, and has it written at most twice a second, the last one in any case. */
export class Link {
  /**
   * `press` does what a key asks of the stage, from wherever the page heard it; `asks` says whether a question is open,
   * `says` what stands below the tiles: {counter, sentence}.
   */
  constructor(press, asks, says) {
    this.press = press;
    this.asks = asks;
    this.says = says;
    /** @type {{ step: number, phase: string | null, view: string, lens: string } | null} */
    this.moment = null;
    this.written = -Infinity;
    this.waiting = 0;
  }

  /** Stand at step k (from 0), after a phase or, by null, where the step rests by itself, with a view opened and the
   * lens set so, or "".
   */
  show({ k, phase, view, lens }) {
    const shelf = linkShelf();
    for (const name of OFFERED) shelf[name] = this[name];
    const known = this.moment && shelf.moment === this.moment ? this.moment : null;
    const same = known && known.step === k + 1 && known.phase === phase && known.view === view;
    if (same && known.lens === lens) return;
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
    if (shelf.press === this.press) for (const name of OFFERED) shelf[name] = null;
    this.moment = null;
  }
}
