// What the page and its address are told of a stage.
import { Link, linkShelf } from "./link.js";

const REPORT_MS = 400;

export class Sharing {
  constructor(film) {
    this.film = film;
    this.reported = ""; // the moment that the page was told last
    this.waiting = 0;
    this.link = new Link(
      (event) => film.pointing.press(event),
      () => film.questions.card.asking,
      () => ({ counter: film.counter, sentence: film.sentence }),
    );
    this.copyAppears = () => this.showCopy(); // what can copy may come to the page after the stage
    window.addEventListener("memattn:link", this.copyAppears);
  }

  /** Another trace has come, which the page believes to stand where it asked for. */
  opened(asked) {
    this.reported ||= momentMark(asked);
    this.reportSoon();
  }

  /** What a link says of the stage: step from 0, phase, a view that was opened, and what is set in the lens. */
  get moment() {
    const { timeline, clock, panels } = this.film;
    return { ...timeline.momentAt(clock.playhead), view: panels.opened, lens: panels.kept };
  }

  showLink() {
    if (this.film.links) this.link.show(this.moment);
  }

  showCopy() {
    this.film.transport.showCopy(this.film.links && Boolean(linkShelf().copy));
  }

  async copyLink() {
    const told = (await this.link.copy()) ? "Copied" : "Not copied";
    this.film.transport.showCopied(told);
    this.film.say(told);
  }

  /** Keys work at once: the stage of the page takes the focus, unless somebody types, or keys are heard everywhere. */
  takeFocus() {
    const { root, links, presenting } = this.film;
    if (!links || presenting || isTyping(document.activeElement)) return;
    root.toggleAttribute("data-waits", true); // without a ring around it, until somebody uses it
    root.focus({ preventScroll: true });
  }

  reportSoon() {
    clearTimeout(this.waiting);
    this.waiting = setTimeout(() => this.report(), REPORT_MS);
  }

  /** Tell the page where the reader stands, unless it knows. */
  report() {
    const { moment } = this;
    const { k, phase, view, lens } = moment;
    const mark = momentMark(moment);
    if (this.film.clock.moving || mark === this.reported) return;
    this.reported = mark;
    this.film.outlet.state("moment", { step: k, phase: phase ?? "", view, lens });
  }

  close() {
    this.link.close();
    clearTimeout(this.waiting);
    window.removeEventListener("memattn:link", this.copyAppears);
  }
}

/** Whether an element takes what is typed. */
function isTyping(node) {
  return node instanceof HTMLElement && (node.isContentEditable || ["INPUT", "TEXTAREA"].includes(node.tagName));
}

const momentMark = ({ k, phase, view, lens }) => `${k}:${phase ?? ""}:${view}:${lens}`;
